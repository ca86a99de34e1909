using Pprof.Profiles;
using Pprof.Sources.Threads;

namespace Pprof.Collectors.Goroutine;

/// <summary>
/// Makes a profile of threads: their number by stack and labels. Those that run native code alone have a label of their own,
/// which <c>-tagignore=code=native</c> leaves out.
/// </summary>
internal sealed class SeenThreads(Profile profile) : IThreadStackSink
{
    // Frames of all distinct stacks, 8 bytes each.
    private const int MaxFrames = 4_000_000;

    private static readonly Label s_native = new("code", "native");
    private static readonly LabelSet s_nativeAlone = new([s_native]);

    /// <inheritdoc/>
    public bool IsFull => profile.Samples.FrameCount >= MaxFrames;

    /// <inheritdoc/>
    public void Add(in SeenThread thread, ReadOnlySpan<nuint> frames)
    {
        LabelSet labels = thread.IsManaged ? thread.Labels
            : thread.Labels.Labels.Count == 0 ? s_nativeAlone
            : thread.Labels.With(s_native);
        int sample = profile.Samples.Add(frames, labels, 1);
        profile.Threads.Add(new ProfileThread(thread.SystemId, thread.Name, thread.State, thread.Waiting, thread.IsManaged, thread.WaitingFrames, sample));
    }
}
