using Pprof.Profiles;

namespace Pprof.Sources.Waits;

/// <summary>Gets what a <see cref="WaitSource"/> sees: contentions, or waits of all kinds.</summary>
internal interface IWaitSink
{
    /// <summary>Whether waits are wanted.</summary>
    bool IsActive { get; }

    /// <summary>Whether every single one is wanted, whatever that costs the application.</summary>
    bool WantsAll { get; }

    /// <summary>One wait has ended.</summary>
    /// <param name="frames">Where the thread waited, leaf first. Empty where it ran nothing managed.</param>
    /// <param name="labels">What is known of the wait: its <see cref="WaitKind"/>, or who holds the lock (<see cref="HolderLabels"/>).</param>
    /// <param name="threadLabels">The labels of its thread, as far as they are known.</param>
    /// <param name="nanoseconds">How long it was.</param>
    /// <param name="weight">For how many waits it stands: its time counts so many times.</param>
    /// <param name="countScale">Its number counts so many times as often as its time.</param>
    void Record(ReadOnlySpan<nuint> frames, LabelSet labels, SampledLabels threadLabels, long nanoseconds, int weight = 1, double countScale = 1);
}
