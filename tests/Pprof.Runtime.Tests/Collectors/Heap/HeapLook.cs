using Pprof.Collectors.Heap;
using Pprof.Profiles;
using Pprof.Runtime.Tests.Collectors.Waits;
using Pprof.Sources.Snapshot;
using Pprof.Sources.Snapshot.Events;
using Xunit;

namespace Pprof.Runtime.Tests.Collectors.Heap;

/// <summary>Looks at the heap of the process that runs the tests, in one way or the other.</summary>
internal static class HeapLook
{
    /// <summary>The collector that does.</summary>
    /// <param name="way">How.</param>
    /// <param name="paths">Whether who holds it is of interest.</param>
    public static LiveHeapCollector With(HeapWay way, bool paths)
    {
        LiveHeapSource.MemoryLimit.Set(PprofOptions.DefaultSnapshotMemoryLimit);
        LiveHeapSource.ResidentLimit.Set(PprofOptions.DefaultSnapshotResidentLimit);

        // What other tests have left is not of interest.
        LiveHeapSource.EventLimit.Set(long.MaxValue);
        return new LiveHeapCollector(way == HeapWay.Copy ? new SnapshotHeapSource(paths) : Events(paths), paths);
    }

    /// <summary>The source that does it by events, whatever assemblies other tests load and unload meanwhile.</summary>
    public static EventHeapSource Events(bool paths) => new(paths, besideUnloadable: true);

    /// <summary>All objects by type.</summary>
    public static Profile Types(HeapWay way) => With(way, paths: false).Snapshot();

    /// <summary>The same with who holds them.</summary>
    public static List<NamedSample> Retained(HeapWay way) => NamedSample.Of(With(way, paths: true).Snapshot());

    /// <summary>Makes objects of which nothing is left on a stack, where the next look would find it.</summary>
    public static void OnThread(Action make)
    {
        var thread = new Thread(() => make());
        thread.Start();
        thread.Join();
    }

    /// <summary>The one sample whose leaf is a type with a name that ends so.</summary>
    public static NamedSample Of(List<NamedSample> samples, string type) =>
        Assert.Single(samples, sample => sample.Stack[0].EndsWith(type, StringComparison.Ordinal));

    /// <summary>How a holder stands on the way: which of its fields leads on the events do not tell.</summary>
    public static string Holder(HeapWay way, string type, string field) => way == HeapWay.Copy ? $"{type}.{field}" : type;

    /// <summary>How a static field stands at the end of the way: which type has it the events do not tell.</summary>
    public static string StaticField(HeapWay way, string type, string field) =>
        way == HeapWay.Copy ? $"{type}.{field} [static field]" : $"{field} [static field]";
}
