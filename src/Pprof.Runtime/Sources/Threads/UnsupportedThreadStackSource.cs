namespace Pprof.Sources.Threads;

/// <summary>Where nobody can see the stacks of threads.</summary>
internal sealed class UnsupportedThreadStackSource(string reason) : ThreadStackSource
{
    public override string? UnsupportedReason => reason;

    public override int Count => 0;

    public override Task<ThreadCoverage> ReadAsync(IThreadStackSink sink) => Task.FromResult(new ThreadCoverage { Refusal = reason });

    public override ThreadWatch? TryWatch(int rate, IThreadTimeSink sink, out string? refusal)
    {
        refusal = reason;
        return null;
    }
}
