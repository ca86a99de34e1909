using Pprof.Labels;
using Pprof.Profiles;

namespace Pprof.Sources;

/// <summary>
/// The labels that held on threads at the moments of samples which come with their time and not with their labels. While
/// nobody wants them nothing is kept, and there are none. Safe for concurrent use.
/// </summary>
internal sealed class LabelsAtTime
{
    private readonly Lock _gate = new();
    private volatile bool _areKept;
    private long _missing;

    /// <summary>Whether they are kept.</summary>
    public bool AreKept => _areKept;

    /// <summary>The samples that came so late that nobody remembers their labels.</summary>
    public long Missing => Interlocked.Read(ref _missing);

    /// <summary>Begins to keep them, or ends that, as they are wanted now. Of two at a time the later one decides.</summary>
    public void Follow(Func<bool> areWanted)
    {
        lock (_gate)
        {
            bool keeps = areWanted();
            if (keeps != _areKept)
            {
                _areKept = keeps;
                if (keeps)
                {
                    LabelHistory.Open();
                }
                else
                {
                    LabelHistory.Close();
                }
            }
        }
    }

    /// <summary>Those of a thread, of whose request they are known anyway.</summary>
    /// <param name="systemId">Its id in the operating system; 0 where it is not known.</param>
    /// <param name="timestamp">When, on the clock of <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>.</param>
    /// <param name="route">The number of the request's labels in <see cref="KnownRoutes"/>.</param>
    public SampledLabels Of(int systemId, long timestamp, int route) => new(Of(systemId, timestamp).All, RouteOf(route));

    /// <summary>Those of a thread.</summary>
    /// <param name="systemId">Its id in the operating system; 0 where it is not known.</param>
    /// <param name="timestamp">When, on the clock of <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>.</param>
    public SampledLabels Of(int systemId, long timestamp)
    {
        if (!_areKept || systemId == 0)
        {
            return default;
        }

        if (!ThreadLabels.TryFind(systemId, timestamp, out PushedLabels? labels))
        {
            Interlocked.Increment(ref _missing);
            return default;
        }

        return labels is null ? default : new SampledLabels(labels.Labels, RouteOf(labels.Route));
    }

    // A table of the process's life has none where the application wants none.
    private static LabelSet RouteOf(int route) => LifetimeRoutes.AreOn ? KnownRoutes.Instance.Find(route) : LabelSet.Empty;
}
