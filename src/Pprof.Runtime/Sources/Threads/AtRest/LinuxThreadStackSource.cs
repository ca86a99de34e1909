using Pprof.Process;

namespace Pprof.Sources.Threads.AtRest;

/// <summary>Linux: what <c>/proc</c> and the signal handler of the CPU profile tell.</summary>
internal sealed class LinuxThreadStackSource : ThreadStackSource
{
    private const int StackSize = 512 * 1024;

    public override string? UnsupportedReason => ThreadList.UnsupportedReason ?? ThreadRest.UnsupportedReason ?? ThreadRuns.UnsupportedReason;

    public override int Count => OwnThreads.Others(ThreadList.Read).Count;

    public override Task<ThreadCoverage> ReadAsync(IThreadStackSink sink)
    {
        var done = new TaskCompletionSource<ThreadCoverage>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            OwnThreads.Start("pprof threads", () => Read(sink, done), StackSize);
        }
        catch (Exception e) when (OwnThreads.IsLack(e))
        {
            done.SetResult(new ThreadCoverage { Refusal = NoThreadToRead });
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
        catch (Exception e) when (OwnThreads.IsLack(e))
        {
            refusal = NoThreadToRead;
            return null;
        }
        catch (IOException e)
        {
            refusal = ThreadList.Describe(e);
            return null;
        }
    }

    private static void Read(IThreadStackSink sink, TaskCompletionSource<ThreadCoverage> done)
    {
        try
        {
            new ThreadDump(sink).Read();
            done.SetResult(default);
        }
        catch (IOException e)
        {
            done.SetResult(new ThreadCoverage { Refusal = ThreadList.Describe(e) });
        }
        catch (Exception e)
        {
            done.SetException(e);
        }
    }
}
