using Pprof.Collectors;
using Pprof.Profiles;

namespace Pprof.Runtime.Tests.Endpoints;

/// <summary>A profile with one sample whose value is the number of snapshots taken.</summary>
internal sealed class FakeSnapshotCollector : SnapshotProfileCollector
{
    private int _snapshots;

    public bool Fails { get; set; }

    public int Snapshots => _snapshots;

    public string? Reason { get; set; }

    internal override string? UnsupportedReason => Reason;

    internal override int CumulativeValues => int.MaxValue;

    internal override int Count => 42;

    /// <summary>What a snapshot waits for; by default nothing.</summary>
    public Func<Task> Work { get; set; } = static () => Task.CompletedTask;

    internal override async Task FillAsync(Profile profile, CancellationToken cancellation)
    {
        await Work();
        if (Fails)
        {
            throw new InvalidOperationException("secret detail");
        }

        profile.Samples.Add([(nuint)PseudoFrame.UnknownStack], LabelSet.Empty, Interlocked.Increment(ref _snapshots));
    }
}
