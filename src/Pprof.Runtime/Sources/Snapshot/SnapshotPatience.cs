using System.Diagnostics;
using Pprof.Process;

namespace Pprof.Sources.Snapshot;

/// <summary>
/// How long a snapshot may go on: until nobody wants it, until its time is over, or until memory runs short. Whatever works on
/// one asks here again and again.
/// </summary>
internal sealed class SnapshotPatience
{
    // Asking costs more than most steps do.
    private const int StepsBetween = 1024;
    private const long MemoryPauseMilliseconds = 10;

    private readonly long _deadline;
    private readonly TimeSpan _longest;
    private readonly MemoryGroups _groups;
    private readonly CancellationToken _cancellation;
    private int _steps;
    private long _nextLook;

    /// <summary>Begins now.</summary>
    /// <param name="longest">How long it may take.</param>
    /// <param name="groups">Whose memory runs short.</param>
    /// <param name="cancellation">Nobody wants it any more.</param>
    public SnapshotPatience(TimeSpan longest, MemoryGroups groups, CancellationToken cancellation)
    {
        _longest = longest;
        _groups = groups;
        _cancellation = cancellation;
        _deadline = Stopwatch.GetTimestamp() + (long)(longest.TotalSeconds * Stopwatch.Frequency);
    }

    /// <summary>To be called at each of many small steps.</summary>
    /// <exception cref="SnapshotException">Its time is over, or there is no memory for it.</exception>
    /// <exception cref="OperationCanceledException">Nobody wants it any more.</exception>
    public void Check()
    {
        if (++_steps % StepsBetween == 0)
        {
            CheckNow();
        }
    }

    /// <summary>To be called at each of few long steps.</summary>
    /// <exception cref="SnapshotException">Its time is over, or there is no memory for it.</exception>
    /// <exception cref="OperationCanceledException">Nobody wants it any more.</exception>
    public void CheckNow()
    {
        _cancellation.ThrowIfCancellationRequested();
        if (Stopwatch.GetTimestamp() > _deadline)
        {
            throw new SnapshotException($"what is in the heap was not found within {_longest.TotalSeconds:F0} seconds; ask again when the machine is less busy");
        }

        if (_groups.AreKilledTogether && Environment.TickCount64 >= _nextLook)
        {
            _nextLook = Environment.TickCount64 + MemoryPauseMilliseconds;
            CopyBudget.Check(_groups.Free);
        }
    }
}
