namespace Pprof.Sources.CpuTime.Signals;

/// <summary>
/// A moment of sampling before the first of a process, whose samples are thrown away. It compiles the reader, which would
/// otherwise take a good part of a second out of the profile, and longer on a busy machine.
/// </summary>
internal static class CpuRehearsal
{
    private const int Slots = 1024;
    private const int Rate = 1000;

    private static readonly TimeSpan s_duration = TimeSpan.FromMilliseconds(50);
    private static int s_done;

    /// <summary>Rehearses, if nobody has, into a sink of the same kind as <paramref name="sink"/>.</summary>
    public static void RunOnce(ICpuSink sink)
    {
        try
        {
            if (Interlocked.Exchange(ref s_done, 1) != 0 || SampleBuffer.TryCreate(Slots) is not { } buffer)
            {
                return;
            }

            using (buffer)
            {
                using var stop = new ManualResetEventSlim();
                new CpuSampler(buffer, Rate, sink.NewEmpty()).Sample(static () => { }, stop, s_duration);
            }
        }
        catch (Exception e) when (e is OutOfMemoryException or SamplingRefusedException)
        {
            // The sampling itself has its memory already, and may do without.
        }
    }
}
