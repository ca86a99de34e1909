namespace Pprof.Profiles;

/// <summary>
/// Frames that stand for something that has no address. Their values are used as instruction pointers in a stack, and
/// differ, as engines compare stacks by nothing else: they lie in the page at zero, where no code can be
/// (<see cref="CodeAddress.IsPossible"/>).
/// </summary>
internal enum PseudoFrame
{
    /// <summary>
    /// CPU time that the process used and no sample saw: mostly that of threads that ended before their first sample.
    /// </summary>
    Unsampled = 1,

    /// <summary>Samples that found no free place in the buffer.</summary>
    LostSamples = 2,

    /// <summary>A sample whose stack could not be read.</summary>
    UnknownStack = 3,

    /// <summary>The creator of a thread that is older than the tracking, or was created by native code.</summary>
    UntrackedThread = 4,

    /// <summary>
    /// The callers of a stack that is deeper than what is kept of one: at the root, or, where the chain of frame pointers
    /// leads on, between the frames that are known.
    /// </summary>
    TruncatedStack = 5,

    /// <summary>Stacks that were seen too rarely to be kept: it stands in the place of their inner frames.</summary>
    MergedStacks = 6,

    /// <summary>The time that a thread, ready to run, waited for a processor.</summary>
    Runnable = 7,
}
