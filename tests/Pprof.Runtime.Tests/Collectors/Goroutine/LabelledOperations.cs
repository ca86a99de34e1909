using Pprof.Profiles;
using Pprof.Runtime.Tests.Collectors.Waits;
using Pprof.Runtime.Tests.Labels;

namespace Pprof.Runtime.Tests.Collectors.Goroutine;

/// <summary>Operations of requests that are suspended until this is disposed, beside which more or less else flows.</summary>
internal sealed class LabelledOperations : IDisposable
{
    private static readonly int[] s_others = [0, 1, 2, 3, 4, 12, 40];

    private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task[] _operations;

    // Each on a thread of the pool, whose own context stays as it was, until it is suspended.
    public LabelledOperations() => _operations =
    [
        .. s_others.Select(others => Task.Factory.StartNew(() => Start(others), CancellationToken.None, TaskCreationOptions.None, TaskScheduler.Default).Result),
    ];

    /// <summary>Their labels.</summary>
    public IEnumerable<string> Expected => s_others.Select(static others => $"http_route=/orders/{{id}} tenant=acme {others}");

    /// <summary>The labels of those in a profile, but for those that say what it is.</summary>
    public static List<string> In(Profile profile) =>
    [
        .. KnownOperations.In(profile)
            .Where(static sample => sample.Has(nameof(PassAsync)))
            .SelectMany(static sample => Enumerable.Repeat(TextOf(sample), (int)sample.Values[0]))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>One more, with the labels that hold now.</summary>
    public async Task PassAsync() => await _gate.Task.ConfigureAwait(false);

    public void Dispose()
    {
        _gate.TrySetResult();
        Task.WaitAll(_operations);
    }

    private Task Start(int others)
    {
        AsyncLocal<object>[] values = [.. Enumerable.Range(0, others).Select(static _ => new AsyncLocal<object> { Value = new object() })];
        KnownRoute.Follow("/orders/{id}");
        using (PprofLabels.Push("tenant", $"acme {others}"))
        {
            Task passing = PassAsync();
            GC.KeepAlive(values);
            return passing;
        }
    }

    private static string TextOf(NamedSample sample) => string.Join(' ', sample.Labels
        .Where(static label => label.Key is not ("awaits" or "code"))
        .Select(static label => $"{label.Key}={label.Value}")
        .Order(StringComparer.Ordinal));
}
