using System.Globalization;
using System.Runtime;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Pprof.Collectors.Heap;
using Pprof.Profiles;
using Pprof.Runtime.Tests.Collectors.Waits;
using static Pprof.Runtime.Tests.Collectors.Heap.KnownAllocations;

namespace Pprof.Runtime.Tests.Collectors.Heap;

/// <summary>
/// Objects that live and die in a way that is known, here and in the NativeAOT program: what is in use is compared with what
/// is kept. Each case says "ok", or what is wrong.
/// </summary>
internal static class KnownLives
{
    private const int Objects = 100_000;
    private const int KeptSize = 1_000;
    private const int LiveBytes = 3;

    // So many bytes have no more samples than a ring has room for, while who reads it waits for a processor.
    private const long Portion = 2_000_000;

    // Standard deviations that an estimate may be off: wrong once in 300,000 figures.
    private const double Deviations = 4.7;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private static object?[] s_kept = [];
    private static object?[] s_others = [];
    private static ConditionalWeakTable<object, object> s_attached = [];

    /// <summary>Runs one.</summary>
    public static string Check(string name, HeapProfileCollector collector) => Check(name, collector.Snapshot);

    /// <summary>Runs one, of which <paramref name="snapshot"/> shows what is in use.</summary>
    /// <param name="name">Which.</param>
    /// <param name="snapshot">What is in use now.</param>
    /// <param name="hasRing">Whether samples wait in a ring until they are read.</param>
    public static string Check(string name, Func<Profile> snapshot, bool hasRing = true)
    {
        Collect();
        var look = new Look(snapshot, snapshot(), hasRing ? Portion : long.MaxValue);
        try
        {
            return name switch
            {
                nameof(PinnedPool) => PinnedPool(look),
                nameof(Generations) => Generations(look),
                nameof(Background) => Background(look),
                nameof(Compaction) => Compaction(look),
                nameof(WeakKeys) => WeakKeys(look),
                _ => throw new ArgumentException(name, nameof(name)),
            };
        }
        finally
        {
            (s_kept, s_others, s_attached) = ([], [], []);
        }
    }

    /// <summary>Whether <paramref name="actual"/> is as near to what is known as samples can be, of which one stands for no more than the rate.</summary>
    public static string Near(long expected, long actual, Profile profile, string what = "")
    {
        double rate = Math.Max(profile.Period, profile.Gaps.ThinnedPeriod);
        double error = Deviations * Math.Sqrt(expected * rate);
        return Math.Abs(actual - expected) <= error ? "ok"
            : string.Create(CultureInfo.InvariantCulture, $"{what} {actual} is not {expected} ± {error:F0} at a rate of {rate}");
    }

    /// <summary>The bytes in use that this method has allocated.</summary>
    public static long Live(List<NamedSample> samples, string method) => samples.Where(sample => sample.Has(method)).Sum(static sample => sample.Values[LiveBytes]);

    /// <summary>Everything that nothing holds is gone.</summary>
    public static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
    }

    /// <summary>Arrays of the heap for pinned objects, and others that a handle pins.</summary>
    public static string PinnedPool(Look look)
    {
        const int Count = 15_000;
        Keep(ref s_kept, Count, NewPinned, look);
        Keep(ref s_others, Objects, NewKept, look);
        GCHandle[] pins = Pin(100);
        Collect();
        string all = Both("pool", look.Near(Count * 5_024L, nameof(NewPinned)), look.Near(Objects * (long)KeptSize, nameof(NewKept)));
        DropEveryOther(ref s_kept);
        DropEveryOther(ref s_others);
        Collect();
        string half = Both("half", look.Near(Count / 2 * 5_024L, nameof(NewPinned)), look.Near(Objects / 2 * (long)KeptSize, nameof(NewKept)));
        Array.ForEach(pins, static pin => pin.Free());
        (s_kept, s_others) = ([], []);
        Collect();
        return Both("all and half", all, half) is var first && first != "ok" ? first
            : Both("nothing", look.IsNothing(nameof(NewPinned)), look.IsNothing(nameof(NewKept)));
    }

    /// <summary>A collection of young objects says nothing of old ones, and one of all does.</summary>
    public static string Generations(Look look)
    {
        Keep(ref s_kept, Objects, NewKept, look);
        const long All = Objects * (long)KeptSize;
        GC.Collect(0);
        string young = look.Near(All, nameof(NewKept));
        GC.Collect(1);
        GC.Collect(2);
        string old = look.Near(All, nameof(NewKept));
        int collections = GC.CollectionCount(2);
        DropEveryOther(ref s_kept);
        GC.Collect(0);
        GC.Collect(1);
        string unseen = look.Near(All, nameof(NewKept));
        bool isSeen = GC.CollectionCount(2) != collections;
        GC.Collect(2);
        string seen = look.Near(All / 2, nameof(NewKept));
        return young != "ok" ? "young: " + young
            : old != "ok" ? "old: " + old
            : unseen != "ok" && !isSeen ? "not looked at: " + unseen
            : seen;
    }

    /// <summary>One that goes on while the program does.</summary>
    public static string Background(Look look)
    {
        Keep(ref s_kept, Objects, NewKept, look);
        Collect();
        string all = look.Near(Objects * (long)KeptSize, nameof(NewKept));
        long index = GC.GetGCMemoryInfo(GCKind.Background).Index;
        DropEveryOther(ref s_kept);
        GC.Collect(2, GCCollectionMode.Forced, blocking: false);
        string half = "";
        bool isOver = SpinWait.SpinUntil(() => GC.GetGCMemoryInfo(GCKind.Background).Index != index && (half = look.Near(Objects / 2 * (long)KeptSize, nameof(NewKept))) == "ok", s_patience);
        return all != "ok" ? all
            : isOver ? "ok"
            : half.Length == 0 ? "no collection in the background came" : half;
    }

    /// <summary>Objects are moved, large ones too.</summary>
    public static string Compaction(Look look)
    {
        const int Large = 600;
        Keep(ref s_kept, Objects, NewKept, look);
        Keep(ref s_others, Large, NewLarge, look);
        Collect();
        DropEveryOther(ref s_kept);
        DropEveryOther(ref s_others);
        nint place = PlaceOfLast();
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);
        string half = Both("half", look.Near(Objects / 2 * (long)KeptSize, nameof(NewKept)), look.Near(Large / 2 * 200_024L, nameof(NewLarge)));
        bool hasMoved = PlaceOfLast() != place;
        (s_kept, s_others) = ([], []);
        GC.Collect(2, GCCollectionMode.Aggressive);
        return half != "ok" ? half
            : !hasMoved ? "nothing has moved"
            : Both("nothing", look.IsNothing(nameof(NewKept)), look.IsNothing(nameof(NewLarge)));
    }

    /// <summary>What a table keeps as long as its key.</summary>
    public static string WeakKeys(Look look)
    {
        const int Count = 50_000;
        Attach(Count, look);
        Collect();
        string all = Both("keys and values", look.Near(Count * 2_024L, nameof(NewKey)), look.Near(Count * (long)KeptSize, nameof(NewKept)));
        s_kept = [];
        Collect();
        return all != "ok" ? all : Both("nothing", look.IsNothing(nameof(NewKey)), look.IsNothing(nameof(NewKept)));
    }

    private static string Both(string what, string first, string second) =>
        first != "ok" ? $"{what}: {first}" : second != "ok" ? $"{what}: {second}" : "ok";

    // Each a method of its own, so that nothing is left of it where the collector sees it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static nint PlaceOfLast() => Unsafe.As<object?, nint>(ref s_kept[^2]);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static GCHandle[] Pin(int count) =>
        [.. Enumerable.Range(0, count).Select(i => GCHandle.Alloc(s_others[i * (Objects / count)], GCHandleType.Pinned))];

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Keep(ref object?[] kept, int count, Func<object> allocate, Look look)
    {
        kept = new object?[count];
        for (int i = 0; i < count; i++)
        {
            look.LetRead();
            kept[i] = allocate();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void DropEveryOther(ref object?[] kept)
    {
        for (int i = 1; i < kept.Length; i += 2)
        {
            kept[i] = null;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Attach(int count, Look look)
    {
        s_kept = new object?[count];
        for (int i = 0; i < count; i++)
        {
            look.LetRead();
            s_kept[i] = NewKey();
            s_attached.Add(s_kept[i]!, NewKept());
        }
    }

    /// <summary>What has come into use since a moment.</summary>
    internal sealed class Look(Func<Profile> snapshot, Profile before, long portion)
    {
        private long _read = GC.GetAllocatedBytesForCurrentThread();

        /// <summary>Whether these are the bytes in use that a method has allocated.</summary>
        public string Near(long expected, string method)
        {
            Profile now = snapshot();
            return KnownLives.Near(expected, Live(NamedSample.Of(ProfileDelta.Between(before, now)), method), now, method);
        }

        /// <summary>Has what was sampled read after each portion of what this thread allocates.</summary>
        public void LetRead()
        {
            if (GC.GetAllocatedBytesForCurrentThread() - _read > portion)
            {
                _ = snapshot();
                _read = GC.GetAllocatedBytesForCurrentThread();
            }
        }

        /// <summary>Whether nothing is in use that a method has allocated.</summary>
        public string IsNothing(string method)
        {
            long left = Live(NamedSample.Of(ProfileDelta.Between(before, snapshot())), method);
            return left == 0 ? "ok" : $"{left} bytes of {method} are in use";
        }
    }
}
