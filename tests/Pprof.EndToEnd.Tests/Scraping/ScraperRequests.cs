using System.Net;
using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests.Scraping;

/// <summary>
/// The requests of all engines as they are configured by default, sent to one loaded service at the same time. Once for all
/// tests: the longest takes a minute, and begins with the first test of the collection.
/// </summary>
public sealed class ScraperRequests : IAsyncLifetime
{
    // The engine, what it asks for, and the seconds until it gives up.
    // All ask at once here, of a service that is busy on a machine that is: an engine that asks alone is answered in time.
    private const int BusyMachines = 4;

    private static readonly (string Engine, string Address, double Patience)[] s_requests =
    [
        ("Alloy", "/debug/pprof/allocs", 10),
        ("Alloy", "/debug/pprof/block", 10),
        ("Alloy", "/debug/pprof/goroutine", 10),
        ("Alloy", "/debug/pprof/mutex", 10),
        ("Alloy", "/debug/pprof/profile?seconds=14", 24),
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
        ("Datadog", "/debug/pprof/profile?seconds=60", 63),
        ("Datadog", "/debug/pprof/heap", 63),
        ("Collector", "/debug/pprof/profile?seconds=1", 30),
        ("Collector", "/debug/pprof/heap", 30),
    ];

    private readonly Dictionary<(string Engine, string Address), Task<Answer>> _answers = [];
    private QuietMachine? _quiet;
    private ScrapedService? _service;

    /// <summary>What engines ask for.</summary>
    public static TheoryData<string, string> All
    {
        get
        {
            TheoryData<string, string> all = [];
            foreach ((string engine, string address, _) in s_requests)
                all.Add(engine, address);

            return all;
        }
    }

    /// <summary>What an engine got.</summary>
    /// <exception cref="OperationCanceledException">It lost its patience.</exception>
    internal Task<Answer> AnswerAsync(string engine, string address) => _answers[(engine, address)];

    public async Task InitializeAsync()
    {
        _quiet = await QuietMachine.EnterAsync();
        _service = await ScrapedService.StartAsync();
        foreach ((string engine, string address, double patience) in s_requests)
            _answers.Add((engine, address), AskAsync(_service.Client, address, BusyMachines * TimeSpan.FromSeconds(patience)));
    }

    public async Task DisposeAsync()
    {
        // Whoever failed has said so.
        await ((Task)Task.WhenAll(_answers.Values)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _service?.Dispose();
        _quiet?.Dispose();
    }

    private static async Task<Answer> AskAsync(HttpClient client, string address, TimeSpan patience)
    {
        using var cancellation = new CancellationTokenSource(patience);
        using HttpResponseMessage response = await client.GetAsync(address, cancellation.Token);
        Tool.Proto.Profile? profile = response.IsSuccessStatusCode ? await ScrapedService.ParseAsync(response) : null;
        return new Answer(response.StatusCode, response.Content.Headers.ContentType?.ToString(), profile);
    }

    /// <summary>What was answered.</summary>
    internal sealed record Answer(HttpStatusCode Status, string? ContentType, Tool.Proto.Profile? Profile);
}
