using Pprof.Collectors;
using Pprof.Collectors.Heap;
using Pprof.Encoding;
using Pprof.Profiles;
using Pprof.Runtime.Tests.Collectors.Waits;
using Pprof.Sources.Allocations.Events;
using Xunit;

namespace Pprof.Runtime.Tests.Collectors.Heap;

/// <summary>While it is there, the process's allocations are sampled in one way or the other.</summary>
internal sealed class AllocationLook : IAsyncDisposable
{
    private const int AllocatedBytes = 1;

    // That of the process, as only one may attach.
    private static readonly HeapProfileCollector s_called = new();

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly SampledProcess _process;
    private readonly ProfileWindow? _window;

    private AllocationLook(SampledProcess process, ProfileWindow? window) => (_process, _window) = (process, window);

    /// <summary>Whether a session of events is read or on the way to its end.</summary>
    private static bool HasSession => OperatingSystem.IsLinux() && Directory.EnumerateDirectories("/proc/self/task").Any(static task =>
    {
        try
        {
            return File.ReadAllText(task + "/comm").StartsWith("pprof events", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // The thread has ended.
            return false;
        }
    });

    /// <summary>Begins to sample.</summary>
    /// <param name="way">How.</param>
    /// <param name="inWindow">Whether samples have the labels of their threads, as those of windows have.</param>
    public static async Task<AllocationLook> OpenAsync(AllocationWay way, bool inWindow = false)
    {
        // A session that ends at the moment in which another begins can make the runtime forget what that wants.
        Assert.True(SpinWait.SpinUntil(static () => !HasSession, s_patience));
        if (way == AllocationWay.Callback)
        {
            var always = SampledProcess.Always(s_called);
            return new AllocationLook(always, inWindow ? await s_called.BeginWindowAsync(CancellationToken.None) : null);
        }

        var process = SampledProcess.OnDemand();
        var sampled = new SampledAllocations();
        var collector = new HeapProfileCollector(new EventAllocationSource(sampled, hasSamples: way == AllocationWay.Events), sampled) { FollowsObjects = true };
        return new AllocationLook(process, await collector.BeginWindowAsync(CancellationToken.None));
    }

    /// <summary>What has been sampled until now.</summary>
    public Profile Snapshot()
    {
        Profile profile = _window is null ? s_called.Snapshot() : _window.Snapshot(Shapes.Heap);
        Assert.Equal(0, profile.Gaps.LostEvents);
        return profile;
    }

    /// <summary>What has been sampled since.</summary>
    public Profile Since(Profile before) => ProfileDelta.Between(before, Snapshot());

    /// <summary>Fails where this is further off from what is known than samples can be.</summary>
    public static void AssertNear(long expected, long actual, Profile profile, string what = "") =>
        Estimate.AssertNear(expected, actual, RateOf(profile), $"{what} ({string.Join("; ", GapText.Comments(profile))})");

    /// <summary>For how many bytes one sample stands.</summary>
    public static double RateOf(Profile profile) => Math.Max(profile.Period, profile.Gaps.ThinnedPeriod);

    /// <summary>The bytes that these samples say were allocated.</summary>
    public static long Allocated(IEnumerable<NamedSample> samples) => samples.Sum(static sample => sample.Values[AllocatedBytes]);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_window is not null)
        {
            await _window.DisposeAsync();
        }

        _process.Dispose();
    }
}
