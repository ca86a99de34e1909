using Pprof.Profiles;

namespace Pprof.Sources.Waits.Callback;

/// <summary>A contention of which a part has ended, and perhaps it with it.</summary>
internal sealed class OpenContention
{
    private FrameCopy _frames;

    /// <summary>When it began.</summary>
    public long Began { get; private set; }

    /// <summary>When its last part ended.</summary>
    public long Ended { get; private set; }

    /// <summary>The lock's frames and those of who wants it.</summary>
    public ReadOnlySpan<nuint> Frames => _frames.Frames;

    /// <summary>The labels of its thread.</summary>
    public SampledLabels Labels { get; private set; }

    /// <summary>The number of contentions for which it stands.</summary>
    public int Weight { get; private set; }

    public void Set(long began, long ended, ReadOnlySpan<nuint> frames, SampledLabels labels, int weight)
    {
        (Began, Ended, Labels, Weight) = (began, ended, labels, weight);
        _frames.Set(frames);
    }
}
