using System.Globalization;
using System.Runtime.CompilerServices;

namespace Pprof.Workloads;

/// <summary>
/// The same method under different routes, on whatever thread of the pool comes next, with awaits between: nothing but the
/// route tells the parts apart. A section bears the last part of the route's pattern.
/// </summary>
internal static class RouteWork
{
    private static readonly HttpClient s_client = new();
    private static readonly Lock s_gate = new();
    private static Uri? s_address;
    private static int s_sink;
    private static byte[]? s_allocated;

    /// <summary>Adds the routes.</summary>
    public static void MapTo(WebApplication app)
    {
        app.MapGet("/routes/{id}/eighty", static _ => ServeAsync("eighty", 4));
        app.MapGet("/routes/{id}/twenty", static _ => ServeAsync("twenty", 1));
        app.MapGet("/held/{id}/eighty", static _ => HoldAsync(4));
        app.MapGet("/held/{id}/twenty", static _ => HoldAsync(1));
        app.Lifetime.ApplicationStarted.Register(() => s_address = new Uri(app.Urls.First()));
    }

    /// <summary>One request for each route, over one connection or another.</summary>
    public static void RunOne() => RunAsync().GetAwaiter().GetResult();

    /// <summary>The same for requests that wait for a lock and an event, and allocate.</summary>
    public static void HoldOne() => RunHeldAsync().GetAwaiter().GetResult();

    private static async Task RunHeldAsync()
    {
        string id = Random.Shared.Next().ToString(CultureInfo.InvariantCulture);
        await s_client.GetByteArrayAsync(new Uri(s_address!, $"/held/{id}/eighty"));
        await s_client.GetByteArrayAsync(new Uri(s_address!, $"/held/{id}/twenty"));
    }

    private static async Task HoldAsync(int parts)
    {
        for (int i = 0; i < parts; i++)
        {
            await Task.Yield();
            Allocate();
            WaitForEvent();
            WaitForLock();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Allocate()
    {
        for (int i = 0; i < 100; i++)
            s_allocated = new byte[4096];
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WaitForEvent()
    {
        using var never = new ManualResetEvent(false);
        never.WaitOne(2);
    }

    // Each that has it holds it for as long as the next then waits.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WaitForLock()
    {
        lock (s_gate)
            Thread.Sleep(1);
    }

    private static async Task RunAsync()
    {
        string id = Random.Shared.Next().ToString(CultureInfo.InvariantCulture);
        await s_client.GetByteArrayAsync(new Uri(s_address!, $"/routes/{id}/eighty"));
        await s_client.GetByteArrayAsync(new Uri(s_address!, $"/routes/{id}/twenty"));
    }

    private static async Task ServeAsync(string section, int parts)
    {
        for (int i = 0; i < parts; i++)
        {
            await Task.Yield();
            long at = Section.Now();
            for (int times = Random.Shared.Next(5, 16); times > 0; times--)
                Work();

            Section.Add(section, at);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Work()
    {
        int mixed = 1;
        for (int i = 0; i < 300_000; i++)
            mixed += i ^ (mixed << 1);

        s_sink = mixed;
    }
}
