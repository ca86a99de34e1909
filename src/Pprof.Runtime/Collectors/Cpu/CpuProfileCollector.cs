using System.Runtime.InteropServices;
using Pprof.Profiles;
using Pprof.Sources.CpuTime.Signals;

namespace Pprof.Collectors.Cpu;

/// <summary>CPU time, user and system, by stack.</summary>
internal sealed class CpuProfileCollector : TimedProfileCollector
{
    internal override string? UnsupportedReason => SignalHandler.UnsupportedReason;

    internal override async Task CollectAsync(Profile profile, TimeSpan duration, ProfileArguments arguments, CancellationToken cancellation)
    {
        int rate = (int)arguments["hz"];
        cancellation.ThrowIfCancellationRequested();
        if (SignalHandler.TryInstall() is { } reason)
        {
            throw new ProfileUnavailableException(reason);
        }

        profile.Comments.Add($"source: CPU-time timers at {rate} Hz ({RuntimeInformation.FrameworkDescription})");
        CpuSession session = Start(rate, profile) ?? throw new ProfilerBusyException("Could not enable CPU profiling: cpu profiling already in use");

        try
        {
            await session.Started.WaitAsync(cancellation).ConfigureAwait(false);
            await CollectionPeriod.WaitAsync(duration, cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await session.StopAsync().ConfigureAwait(false);
            throw;
        }

        await session.StopAsync().ConfigureAwait(false);
    }

    private static CpuSession? Start(int rate, Profile profile)
    {
        try
        {
            return CpuSession.TryStart(rate, profile);
        }
        catch (OutOfMemoryException e)
        {
            throw new ProfileUnavailableException(e.Message, e);
        }
    }
}
