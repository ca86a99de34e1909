using System.Net;
using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests.Scraping;

/// <summary>
/// What engines ask for by default, and what they ask for once they are told to, of one loaded service: each engine by itself,
/// one after the other, and then all at the same time. Once for all tests. The longest takes a minute and begins first: whatever
/// else is asked for, it is under way.
/// </summary>
public sealed class ScraperRequests : IAsyncLifetime
{
    // Where all ask at once, of a service that is busy on a machine that is.
    private const int BusyMachines = 4;

    // An engine asks again after its interval: one late answer of a machine that has others to serve is not the service's.
    private const int Scrapes = 2;

    // The engine, what it asks for, and the seconds until it gives up.
    private static readonly (string Engine, string Address, double Patience)[] s_requests =
    [
        ("Alloy", "/debug/pprof/allocs", 10),
        ("Alloy", "/debug/pprof/block", 10),
        ("Alloy", "/debug/pprof/goroutine", 10),
        ("Alloy", "/debug/pprof/mutex", 10),
        ("Alloy", "/debug/pprof/profile?seconds=14", 24),
        ("Alloy", "/debug/fgprof?seconds=14", 24),
        ("Alloy", "/debug/pprof/delta_heap", 10),
        ("Alloy", "/debug/pprof/delta_mutex", 10),
        ("Alloy", "/debug/pprof/delta_block", 10),
        ("Parca", "/debug/pprof/allocs", 13),
        ("Parca", "/debug/pprof/block", 13),
        ("Parca", "/debug/pprof/goroutine", 13),
        ("Parca", "/debug/pprof/mutex", 13),
        ("Parca", "/debug/pprof/profile?seconds=10", 13),
        ("Coroot", "/debug/pprof/profile?seconds=10", 20),
        ("Coroot", "/debug/pprof/heap", 10),
        ("Coroot", "/debug/pprof/goroutine", 10),
        ("Coroot", "/debug/pprof/mutex", 10),
        ("Coroot", "/debug/pprof/block", 10),
        ("Collector", "/debug/pprof/profile?seconds=1", 30),
        ("Collector", "/debug/pprof/heap", 30),
    ];

    // Its minute would be one of its own. So it is under way while the others ask, and is the only one at its end.
    private static readonly (string Engine, string Address, double Patience)[] s_long =
    [
        ("Datadog", "/debug/pprof/profile?seconds=60", 63),
        ("Datadog", "/debug/pprof/heap", 63),
    ];

    private readonly Dictionary<(string Engine, string Address), TaskCompletionSource<Answer>> _alone =
        s_requests.Concat(s_long).ToDictionary(static request => (request.Engine, request.Address), static _ => new TaskCompletionSource<Answer>());

    private readonly Dictionary<(string Engine, string Address), TaskCompletionSource<Answer>> _together =
        s_requests.ToDictionary(static request => (request.Engine, request.Address), static _ => new TaskCompletionSource<Answer>());

    private QuietMachine? _quiet;
    private ScrapedService? _service;
    private Task _asking = Task.CompletedTask;

    /// <summary>What engines ask for.</summary>
    public static TheoryData<string, string> All => Named(s_requests.Concat(s_long));

    /// <summary>What they ask for at the same time.</summary>
    public static TheoryData<string, string> AtOnce => Named(s_requests);

    /// <summary>What an engine got that asked alone.</summary>
    /// <exception cref="OperationCanceledException">It lost its patience.</exception>
    internal Task<Answer> AloneAsync(string engine, string address) => _alone[(engine, address)].Task;

    /// <summary>What it got when others asked at the same time.</summary>
    /// <exception cref="OperationCanceledException">It lost its patience, and more.</exception>
    internal Task<Answer> TogetherAsync(string engine, string address) => _together[(engine, address)].Task;

    public async Task InitializeAsync()
    {
        _quiet = await QuietMachine.EnterAsync();
        _service = await ScrapedService.StartAsync();
        _asking = AskAllAsync(_service.Client);
    }

    public async Task DisposeAsync()
    {
        // Whoever failed has said so.
        await _asking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _service?.Dispose();
        _quiet?.Dispose();
    }

    private static TheoryData<string, string> Named(IEnumerable<(string Engine, string Address, double Patience)> requests)
    {
        TheoryData<string, string> all = [];
        foreach ((string engine, string address, _) in requests)
            all.Add(engine, address);

        return all;
    }

    private async Task AskAllAsync(HttpClient client)
    {
        Task minute = AskAsync(client, s_long, _alone, patience: 1, scrapes: 1);
        foreach (IGrouping<string, (string, string, double)> engine in s_requests.GroupBy(static request => request.Engine))
            await AskAsync(client, engine, _alone, patience: 1, Scrapes);

        await AskAsync(client, s_requests, _together, BusyMachines, scrapes: 1);
        await minute;
    }

    private static Task AskAsync(
        HttpClient client,
        IEnumerable<(string Engine, string Address, double Patience)> requests,
        Dictionary<(string Engine, string Address), TaskCompletionSource<Answer>> answers,
        int patience,
        int scrapes) => Task.WhenAll(requests.Select(async request =>
        {
            TaskCompletionSource<Answer> answer = answers[(request.Engine, request.Address)];
            try
            {
                answer.SetResult(await AskAsync(client, request.Address, patience * TimeSpan.FromSeconds(request.Patience), scrapes));
            }
            catch (Exception e)
            {
                answer.SetException(e);
            }
        }));

    private static async Task<Answer> AskAsync(HttpClient client, string address, TimeSpan patience, int scrapes)
    {
        while (true)
        {
            using var cancellation = new CancellationTokenSource(patience);
            try
            {
                using HttpResponseMessage response = await client.GetAsync(address, cancellation.Token);
                Tool.Proto.Profile? profile = response.IsSuccessStatusCode ? await ScrapedService.ParseAsync(response) : null;
                return new Answer(response.StatusCode, response.Content.Headers.ContentType?.ToString(), profile);
            }
            catch (OperationCanceledException) when (--scrapes > 0)
            {
                // Perhaps the next time.
            }
        }
    }

    /// <summary>What was answered.</summary>
    internal sealed record Answer(HttpStatusCode Status, string? ContentType, Tool.Proto.Profile? Profile);
}
