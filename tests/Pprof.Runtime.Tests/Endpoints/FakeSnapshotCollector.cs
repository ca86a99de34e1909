using Pprof.Collectors;
using Pprof.Profiles;

namespace Pprof.Runtime.Tests.Endpoints;

/// <summary>A profile with one sample whose value is the number of snapshots taken.</summary>
internal sealed class FakeSnapshotCollector(string type, bool supportsDelta = true) : SnapshotProfileCollector
{
    private int _snapshots;

    public bool Fails { get; set; }

    public int Snapshots => _snapshots;

    internal override int Count => 42;

    internal override bool SupportsDelta => supportsDelta;

    internal override Profile Snapshot()
    {
        if (Fails)
        {
            throw new InvalidOperationException("secret detail");
        }

        var profile = new Profile { SampleTypes = [new SampleType(type, "count")], Period = 1 };
        profile.Samples.Add([(nuint)PseudoFrame.UnknownStack], LabelSet.Empty, Interlocked.Increment(ref _snapshots));
        return profile;
    }

    internal override void WriteText(TextWriter writer, int debug) => writer.WriteLine($"{type} profile: total {Count}, debug {debug}");
}
