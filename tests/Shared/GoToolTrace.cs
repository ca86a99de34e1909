using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Pprof.Testing;

/// <summary>
/// The real <c>go tool trace</c> and a trace: it refuses one whose events do not follow from each other, and ends with an
/// exception where it is not complete.
/// </summary>
internal sealed class GoToolTrace : IDisposable
{
    private const int MaxAttempts = 3;

    private static readonly string[] s_profiles = ["net", "sync", "syscall", "sched"];

    private readonly TemporaryFolder _folder = new();
    private readonly string _path;

    public GoToolTrace(byte[] trace)
    {
        // The tool that is there is one of many.
        GoTraceBytes.Check(trace);
        _path = Path.Combine(_folder.Path, "trace.out");
        File.WriteAllBytes(_path, trace);
    }

    /// <summary>Every event as the tool's parser sees it, a line for each.</summary>
    public async Task<IReadOnlyList<GoToolTraceEvent>> EventsAsync()
    {
        ProcessResult printed = (await RunAsync("-d")).Succeeded();
        return [.. (printed.Output + printed.Error).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(GoToolTraceEvent.Parse).OfType<GoToolTraceEvent>()];
    }

    /// <summary>Has it make each of the profiles that it can make of a trace.</summary>
    public async Task ProfileAsync()
    {
        foreach (string profile in s_profiles)
            (await RunAsync("-pprof=" + profile)).Succeeded();
    }

    /// <summary>What its pages show.</summary>
    /// <param name="pages">Their paths.</param>
    public async Task<IReadOnlyList<string>> PagesAsync(params string[] pages)
    {
        // Between the finding of a free port and the tool's listening somebody else can take it.
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await PagesAsync(FreePort(), pages);
            }
            catch (InvalidOperationException e) when (attempt < MaxAttempts && e.Message.Contains("address already in use", StringComparison.Ordinal))
            {
            }
        }
    }

    /// <summary>All that the tool can show, none of which may fail; its timeline.</summary>
    public async Task<GoToolTimeline> ReadWholeAsync()
    {
        await ProfileAsync();
        IReadOnlyList<string> pages = await PagesAsync("/jsontrace", "/goroutines", "/usertasks", "/userregions", "/mmu", "/");
        return new GoToolTimeline(pages[0]);
    }

    public void Dispose() => _folder.Dispose();

    // No browser is to be opened.
    private static Dictionary<string, string> Variables => new() { ["BROWSER"] = "true" };

    private async Task<ProcessResult> RunAsync(string option) =>
        await ChildProcess.RunAsync(Tools.PathOf(Tools.Go), ["tool", "trace", option, _path], _folder.Path, Variables);

    private async Task<IReadOnlyList<string>> PagesAsync(int port, string[] pages)
    {
        ProcessStartInfo start = ChildProcess.Describe(Tools.PathOf(Tools.Go), ["tool", "trace", $"-http=127.0.0.1:{port}", _path], _folder.Path, Variables);
        using var process = System.Diagnostics.Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        try
        {
            using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromMinutes(2) };
            while (true)
            {
                try
                {
                    List<string> answers = [];
                    foreach (string page in pages)
                        answers.Add(await client.GetStringAsync(page));

                    return answers;
                }
                catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.ConnectionError)
                {
                    if (process.HasExited)
                        throw new InvalidOperationException($"go tool trace ended:\n{await output}{await error}");

                    await Task.Delay(20);
                }
            }
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);

            await process.WaitForExitAsync();
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
