namespace Pprof.Sources.CpuTime.Signals;

/// <summary>Gets the samples of a <see cref="SampleBuffer"/>, from the thread that drains it.</summary>
internal interface ISampleReader
{
    /// <summary>Reads one sample. What it is given is valid during the call.</summary>
    /// <param name="sample">The registers, and what belongs to the thread.</param>
    /// <param name="stack">The stack from the stack pointer on, as far as it was copied.</param>
    /// <param name="chain">Pairs of the frame-pointer chain above that.</param>
    void Read(in CapturedSample sample, ReadOnlySpan<nuint> stack, ReadOnlySpan<nuint> chain);
}
