using Pprof.Process;

namespace Pprof.Sources.Threads;

/// <summary>NativeAOT without the hook of this package: the threads that the system lists.</summary>
internal sealed class ThreadListSource(IThreadSink sink) : ThreadCreationSource(sink)
{
    public override string? UnsupportedReason => SystemThreads.UnsupportedReason;

    public override string? Failure => null;

    public override bool KnowsCreators => false;

    public override bool IsWanted => false;

    public override long Lost => 0;

    public override void Look() => List();

    public override Task UpdateAsync() => Task.CompletedTask;

    public override Task OpenAsync() => Task.CompletedTask;

    public override Task CloseAsync() => Task.CompletedTask;

    public override Task<bool> FlushAsync()
    {
        List();
        return Task.FromResult(true);
    }
}
