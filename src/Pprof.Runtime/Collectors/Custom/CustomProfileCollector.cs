using Pprof.Encoding.Text;
using Pprof.Profiles;
using Pprof.Symbols;

namespace Pprof.Collectors.Custom;

/// <summary>A profile of the application's own.</summary>
internal sealed class CustomProfileCollector(CustomProfile profile) : SnapshotProfileCollector
{
    internal override int Count => profile.Count;

    // Go does not offer it either: values that come and go leave nothing to subtract.
    internal override bool SupportsDelta => false;

    internal override Profile Snapshot()
    {
        var snapshot = new Profile
        {
            SampleTypes = [new(profile.Name, "count")],
            PeriodType = new(profile.Name, "count"),
            Period = 1,
            TimeNanos = (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick,
        };
        profile.CopyTo(snapshot.Samples);
        return snapshot;
    }

    internal override void WriteText(TextWriter writer, int debug) => 
        CountProfileText.Write(writer, profile.Name, Snapshot(), Symbolizer.Create());
}
