using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Pprof.Collectors;
using Pprof.Process;
using Pprof.Profiles;

namespace Pprof.Endpoints;

/// <summary>
/// What the profiles themselves cost and lose, as the meter <c>Pprof</c> of <c>System.Diagnostics.Metrics</c>. It is that of the
/// process and not of a host's <see cref="IMeterFactory"/>, as the runtime's own is: collectors and threads are the process's, and
/// two hosts would tell the same CPU time twice.
/// </summary>
internal static class ProfileMetrics
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "Pprof";

    private const string ProfileTag = "pprof.profile.name";
    private const string ThreadTag = "thread.name";

    private static readonly Meter s_meter = new(MeterName, typeof(ProfileMetrics).Assembly.GetName().Version?.ToString(3));

    private static readonly Counter<long> s_profiles =
        s_meter.CreateCounter<long>("pprof.profiles", "{profile}", "Profiles that were sent.");

    private static readonly Counter<double> s_collected =
        s_meter.CreateCounter<double>("pprof.collection.time", "s", "Time for which profiles were collected.");

    private static readonly Counter<long> s_lost =
        s_meter.CreateCounter<long>("pprof.samples.lost", "{sample}", "Samples and events that found no room and are missing from profiles.");

    private static readonly Counter<long> s_bytes =
        s_meter.CreateCounter<long>("pprof.sent", "By", "Bytes of profiles that were sent.");

    // What a profile of the whole lifetime has lost was lost once, however often it is asked for.
    private static readonly ConditionalWeakTable<SnapshotProfileCollector, KnownLosses> s_known = [];

    static ProfileMetrics() => s_meter.CreateObservableCounter(
        "pprof.cpu.time",
        static () => OwnCpuTime.Read().Select(static used => new Measurement<double>(
            used.Value.TotalSeconds, new KeyValuePair<string, object?>(ThreadTag, used.Key))),
        "s",
        "CPU time of the threads of this package.");

    /// <summary>Makes the instruments, for whoever listens: those that are already there, and those that come.</summary>
    public static void Publish() => RuntimeHelpers.RunClassConstructor(typeof(ProfileMetrics).TypeHandle);

    /// <summary>A profile was sent.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="bytes">How large it was.</param>
    /// <param name="collected">For how long it was collected.</param>
    public static void Sent(string name, long bytes, TimeSpan collected)
    {
        var tag = new KeyValuePair<string, object?>(ProfileTag, name);
        s_profiles.Add(1, tag);
        s_bytes.Add(bytes, tag);
        if (collected > TimeSpan.Zero)
        {
            s_collected.Add(collected.TotalSeconds, tag);
        }
    }

    /// <summary>What is missing from a profile that was collected for a client.</summary>
    public static void Lost(string name, ProfileGaps gaps) => Lost(name, gaps.LostSamples + gaps.LostEvents);

    /// <summary>What is missing from a profile that has had its collector for as long as the process lives.</summary>
    public static void Lost(string name, SnapshotProfileCollector collector, ProfileGaps gaps)
    {
        long lost = gaps.LostSamples + gaps.LostEvents;
        if (lost > 0)
        {
            Lost(name, s_known.GetOrCreateValue(collector).Take(lost, gaps.LossesSince));
        }
    }

    private static void Lost(string name, long count)
    {
        if (count > 0)
        {
            s_lost.Add(count, new KeyValuePair<string, object?>(ProfileTag, name));
        }
    }

    /// <summary>What is known to be lost of a profile.</summary>
    private sealed class KnownLosses
    {
        private readonly Lock _gate = new();
        private long _count;
        private DateTime? _since;

        /// <summary>How many of so many are new. That there are fewer than before tells nothing: who asked earlier may come later.</summary>
        public long Take(long count, DateTime? since)
        {
            lock (_gate)
            {
                if (since is not null && since != _since)
                {
                    (_count, _since) = (0, since);
                }

                long added = Math.Max(0, count - _count);
                _count += added;
                return added;
            }
        }
    }
}
