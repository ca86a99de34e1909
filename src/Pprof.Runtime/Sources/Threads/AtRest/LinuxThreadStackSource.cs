using Pprof.Process;

namespace Pprof.Sources.Threads.AtRest;

/// <summary>Linux: what <c>/proc</c> and the signal handler of the CPU profile tell.</summary>
internal sealed class LinuxThreadStackSource : ThreadStackSource
{
    private const int StackSize = 512 * 1024;
    private const string NoThread = "the system has no thread that could read the stacks; raise the limit of threads (ulimit -u) or of the container (pids.max), or give the process more memory";

    public override string? UnsupportedReason => ThreadList.UnsupportedReason ?? ThreadRest.UnsupportedReason ?? ThreadRuns.UnsupportedReason;

    public override int Count => OwnThreads.Others(ThreadList.Read).Count;

    public override Task<string?> ReadAsync(IThreadStackSink sink)
    {
        var done = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            OwnThreads.Start("pprof threads", () => Read(sink, done), StackSize);
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
        {
            done.SetResult(NoThread);
        }

        return done.Task;
    }

    public override ThreadWatch? TryWatch(int rate, IThreadTimeSink sink, out string? refusal)
    {
        try
        {
            refusal = null;
            return LinuxThreadWatch.Start(rate, sink);
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
        {
            refusal = NoThread;
            return null;
        }
        catch (IOException e)
        {
            refusal = ThreadList.Describe(e);
            return null;
        }
    }

    private static void Read(IThreadStackSink sink, TaskCompletionSource<string?> done)
    {
        try
        {
            new ThreadDump(sink).Read();
            done.SetResult(null);
        }
        catch (IOException e)
        {
            done.SetResult(ThreadList.Describe(e));
        }
        catch (Exception e)
        {
            done.SetException(e);
        }
    }
}
