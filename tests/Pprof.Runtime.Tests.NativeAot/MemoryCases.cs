using System.Runtime.CompilerServices;
using Pprof.Collectors;
using Pprof.Collectors.Heap;
using Pprof.Profiles;
using Pprof.Runtime.Tests.Collectors.Heap;
using Pprof.Runtime.Tests.Collectors.Waits;
using Pprof.Sources.Allocations;
using Pprof.Sources.Allocations.Linked;
using static Pprof.Runtime.Tests.Collectors.Heap.KnownAllocations;
using static Pprof.Runtime.Tests.Collectors.Heap.KnownLives;

namespace Pprof.Runtime.Tests.NativeAot;

/// <summary>The heap of this program: what is estimated against what it knows. Each case says "ok", or what is wrong.</summary>
internal static class MemoryCases
{
    private const int AllocatedObjects = 0;
    private const int AllocatedBytes = 1;
    private const long Rate = 65_536;

    private static readonly HeapProfileCollector s_collector = new();
    private static object? s_sink;

    /// <summary>Runs one.</summary>
    public static string Run(string name)
    {
        if (s_collector.UnsupportedReason is { } reason)
        {
            return reason;
        }

        AllocationSource.Rate.Set(Rate);
        AllocationSource.SamplesAlways.Set(1);
        s_collector.ApplicationStarted();
        return name switch
        {
            "sum" => Sum(),
            "sites" => Sites(),
            "stack" => Stack(),
            "kept" => Kept(),
            "cache" => Cache(),
            "burst" => Burst(),
            "handles" => Handles(),
            "counters" => Counters(),
            "threads" => Threads(),
            "collections" => Collections(),
            "rates" => Rates(),
            "demand" => OnDemand(),
            "never" => Never(),
            _ => KnownLives.Check(name, s_collector),
        };
    }

    /// <summary>The largest rate: next to nothing is sampled, and everything goes on.</summary>
    private static string Never()
    {
        AllocationSource.Rate.Set(long.MaxValue);
        Profile before = s_collector.Snapshot();
        for (int i = 0; i < 3_000_000; i++)
        {
            s_sink = NewArray(100);
        }

        Profile profile = s_collector.Snapshot();
        Profile delta = ProfileDelta.Between(before, profile);
        int sampled = Enumerable.Range(0, delta.Samples.Count).Count(i => delta.Samples.Values(i)[AllocatedObjects] != 0);
        bool isNegative = Enumerable.Range(0, profile.Samples.Count).Any(i => profile.Samples.Values(i).ContainsAnyInRange(long.MinValue, -1));
        AllocationSource.Rate.Set(Rate);
        before = s_collector.Snapshot();
        for (int i = 0; i < 500_000; i++)
        {
            s_sink = NewKept();
        }

        delta = ProfileDelta.Between(before, s_collector.Snapshot());
        return sampled > 1 ? $"{sampled} are sampled"
            : isNegative ? "a value is negative"
            : Near(500_000 * 1_000L, NamedSample.Of(delta).Where(static sample => sample.Has(nameof(NewKept))).Sum(static sample => sample.Values[AllocatedBytes]), delta);
    }

    /// <summary>Some 17,000 samples, so slowly that none is thinned out.</summary>
    private static string Sum()
    {
        AllocationSource.Rate.Set(8 * Rate);
        Profile before = s_collector.Snapshot();
        long start = GC.GetTotalAllocatedBytes(precise: true);
        for (int i = 0; i < 9_000_000; i++)
        {
            s_sink = NewArray(i % 2_000);
            if (i % 20_000 == 0)
            {
                Thread.Sleep(10);
            }
        }

        long allocated = GC.GetTotalAllocatedBytes(precise: true) - start;
        Profile delta = ProfileDelta.Between(before, s_collector.Snapshot());
        long sampled = Enumerable.Range(0, delta.Samples.Count).Sum(i => delta.Samples.Values(i)[AllocatedBytes]);
        return delta.Gaps.LostSamples != 0 ? $"{delta.Gaps.LostSamples} samples are lost"
            : delta.Gaps.ThinnedPeriod == 0 && Math.Abs(sampled - allocated) > allocated * 0.03 ? $"{sampled} of {allocated} bytes"
            : Near(allocated, sampled, delta);
    }

    private static string Sites()
    {
        const int Count = 300_000;
        Profile before = s_collector.Snapshot();
        AllocateEveryKind(Count);
        for (int i = 0; i < Count; i++)
        {
            s_sink = NewGeneric<string>(i);
            if (i % 10 == 0)
            {
                s_sink = NewUninitialized();
            }
        }

        Profile delta = ProfileDelta.Between(before, s_collector.Snapshot());
        List<NamedSample> samples = NamedSample.Of(delta);
        string[] wrong =
        [
            .. EveryKind
                .Append((Method: nameof(NewGeneric), Type: "List<string>", Rounds: 1, Size: 32L))
                .Append((Method: nameof(NewUninitialized), Type: "byte[]", Rounds: 10, Size: 4024L))
                .Select(kind => Site(kind.Method, kind.Type, Count / kind.Rounds, kind.Size))
                .Where(static text => text != "ok"),
        ];
        return wrong.Length == 0 ? "ok" : string.Join("; ", wrong);

        string Site(string method, string type, long objects, long size)
        {
            NamedSample[] site = [.. samples.Where(sample => sample.Has(method))];
            string label = $"{SampledAllocations.SizeClass(size)}";
            return site.FirstOrDefault(sample => !sample.Stack[0].EndsWith(type, StringComparison.Ordinal)) is { } typed ? $"{method}: a {typed.Stack[0]}"
                : site.FirstOrDefault(sample => sample.Labels["bytes"] != label) is { } sized ? $"{method}: {sized.Labels["bytes"]} bytes, not {label}"
                : Near(objects * size, site.Sum(static sample => sample.Values[AllocatedBytes]), delta, method) is var bytes && bytes != "ok" ? bytes
                : Near(objects * size, site.Sum(static sample => sample.Values[AllocatedObjects]) * size, delta, method + " objects");
        }
    }

    private static string Stack()
    {
        Profile before = s_collector.Snapshot();
        for (int i = 0; i < 200_000; i++)
        {
            s_sink = Outer();
        }

        NamedSample[] samples = [.. NamedSample.Of(ProfileDelta.Between(before, s_collector.Snapshot())).Where(static sample => sample.Has(nameof(NewSmall)))];
        string[] expected = [nameof(Small), nameof(NewSmall), nameof(Wrapper), nameof(Outer), nameof(Stack), nameof(Run)];
        return samples.Length == 0 ? "no sample"
            : samples.FirstOrDefault(sample => !expected.Index().All(frame => sample.Stack[frame.Index].EndsWith("." + frame.Item, StringComparison.Ordinal))) is { } wrong
                ? string.Join(" < ", wrong.Stack)
            : "ok";
    }

    private static string Kept()
    {
        Collect();
        Profile before = s_collector.Snapshot();
        KeepAndDrop(400_000);
        Collect();
        Profile during = s_collector.Snapshot();
        List<NamedSample> alive = NamedSample.Of(ProfileDelta.Between(before, during));
        s_sink = null;
        Collect();
        List<NamedSample> after = NamedSample.Of(ProfileDelta.Between(before, s_collector.Snapshot()));
        return Live(alive, nameof(NewDropped)) != 0 ? "what was dropped is in use"
            : Live(after, nameof(NewKept)) != 0 ? "what was kept is still in use"
            : Near(400_000 * 1000L, Live(alive, nameof(NewKept)), during);
    }

    private static string Cache()
    {
        Collect();
        Profile before = s_collector.Snapshot();
        object[] cache = new object[200_000];
        var random = new Random(5);
        for (int i = 0; i < 1_200_000; i++)
        {
            cache[random.Next(cache.Length)] = NewKept();
        }

        Collect();
        Profile profile = s_collector.Snapshot();
        string result = Near(cache.Count(static entry => entry is not null) * 1000L, Live(NamedSample.Of(ProfileDelta.Between(before, profile)), nameof(NewKept)), profile);
        GC.KeepAlive(cache);
        return result;
    }

    // Much that lives for a while and dies together.
    private static string Burst()
    {
        Collect();
        Profile before = s_collector.Snapshot();
        KeepAndDrop(200_000);
        Collect();
        s_collector.Snapshot();
        s_sink = null;
        Collect();
        long left = Live(NamedSample.Of(ProfileDelta.Between(before, s_collector.Snapshot())), nameof(NewKept));
        return left == 0 ? "ok" : $"{left} bytes are in use";
    }

    private static string Handles()
    {
        for (int round = 0; round < 30; round++)
        {
            for (int i = 0; i < 100_000; i++)
            {
                s_sink = NewDropped();
            }
        }

        s_sink = null;
        Collect();
        s_collector.Snapshot();
        int handles = ((LinkedAllocationSource)ProcessAllocations.Source).Handles;

        // Some 45,000 samples have come.
        return handles < 1_000 ? "ok" : $"{handles} handles";
    }

    /// <summary>What the runtime counts for a thread is what it counts without samples.</summary>
    private static string Counters()
    {
        s_collector.Snapshot();
        long sampled = CountOne();
        AllocationSource.SamplesAlways.Set(0);
        s_collector.Snapshot();
        long unsampled = CountOne();
        return Math.Abs(sampled - unsampled) <= unsampled / 1000 ? "ok" : $"{sampled} bytes, {unsampled} without samples";

        static long CountOne()
        {
            long start = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 300_000; i++)
            {
                s_sink = NewSmall();
                s_sink = NewArray(976);
            }

            return GC.GetAllocatedBytesForCurrentThread() - start;
        }
    }

    private static string Threads()
    {
        Profile before = s_collector.Snapshot();
        Thread[] threads = [.. Enumerable.Range(0, 40).Select(static number => new Thread(() => Recurse(number * 1_000, 2_000), 64 << 20))];
        Array.ForEach(threads, static thread => thread.Start());
        Array.ForEach(threads, static thread => thread.Join());
        Profile delta = ProfileDelta.Between(before, s_collector.Snapshot());
        NamedSample[] samples = [.. NamedSample.Of(delta).Where(static sample => sample.Has(nameof(Recurse)))];
        return !samples.Any(static sample => sample.Stack[^1] == "[truncated stack]") ? "no stack is too deep"
            : Near(40 * 2_000 * 1000L, samples.Sum(static sample => sample.Values[AllocatedBytes]), delta);
    }

    /// <summary>Collections of all kinds while threads allocate: no object that was kept changes.</summary>
    private static string Collections()
    {
        AllocationSource.Rate.Set(8_192);
        s_collector.Snapshot();
        int wrong = 0;
        bool stop = false;
        Thread[] threads = [.. Enumerable.Range(1, 4).Select(number => new Thread(() =>
        {
            var random = new Random(number);
            byte[]?[] kept = new byte[2_000][];
            while (!Volatile.Read(ref stop))
            {
                int at = random.Next(kept.Length);
                if (kept[at] is { } old && (old[0] != (byte)at || old.AsSpan(1).ContainsAnyExcept((byte)number)))
                {
                    Interlocked.Increment(ref wrong);
                }

                int length = 1 + random.Next(random.Next(100) == 0 ? 100_000 : 1_000);
                byte[] made = random.Next(4) switch
                {
                    0 => GC.AllocateUninitializedArray<byte>(length + 2_048),
                    1 => GC.AllocateArray<byte>(length, pinned: true),
                    _ => new byte[length],
                };
                if (made.Length == length && made.AsSpan().ContainsAnyExcept((byte)0))
                {
                    Interlocked.Increment(ref wrong);
                }

                made.AsSpan().Fill((byte)number);
                made[0] = (byte)at;
                kept[at] = made;
            }
        }))];
        Array.ForEach(threads, static thread => thread.Start());
        for (int i = 0; i < 400; i++)
        {
            if (i % 50 == 0)
            {
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
            }

            GC.Collect(i % 3, GCCollectionMode.Forced, blocking: i % 2 == 0, compacting: i % 4 == 0);
            if (i % 20 == 0)
            {
                s_collector.Snapshot();
            }
        }

        Volatile.Write(ref stop, true);
        Array.ForEach(threads, static thread => thread.Join());
        return wrong == 0 ? "ok" : $"{wrong} objects were not as they had been";
    }

    /// <summary>The sums stay right while the rate changes.</summary>
    private static string Rates()
    {
        Profile before = s_collector.Snapshot();
        for (int round = 0; round < 200; round++)
        {
            AllocationSource.Rate.Set(Rate << (round % 3));
            for (int i = 0; i < 10_000; i++)
            {
                s_sink = NewArray(976);
            }
        }

        AllocationSource.Rate.Set(Rate << 2);
        Profile delta = ProfileDelta.Between(before, s_collector.Snapshot());
        return Near(200 * 10_000 * 1000L, NamedSample.Of(delta).Where(static sample => sample.Has(nameof(NewArray))).Sum(static sample => sample.Values[AllocatedBytes]), delta);
    }

    private static string OnDemand()
    {
        AllocationSource.SamplesAlways.Set(0);
        int outside = s_collector.Snapshot().Samples.Count;
        ProfileWindow window = s_collector.BeginWindowAsync(CancellationToken.None).GetAwaiter().GetResult();
        Profile before = window.Snapshot(Shapes.Heap);
        for (int i = 0; i < 100_000; i++)
        {
            s_sink = NewArray(976);
        }

        Profile delta = ProfileDelta.Between(before, window.Snapshot(Shapes.Heap));
        window.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return outside != 0 ? $"{outside} samples before"
            : s_collector.Snapshot().Samples.Count != 0 ? "samples afterwards"
            : Near(100_000 * 1000L, NamedSample.Of(delta).Where(static sample => sample.Has(nameof(NewArray))).Sum(static sample => sample.Values[AllocatedBytes]), delta);
    }

    // Its own method, so that nothing is left of it where the collector sees it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void KeepAndDrop(int count)
    {
        var kept = new List<object>();
        for (int i = 0; i < count; i++)
        {
            kept.Add(NewKept());
            s_sink = NewDropped();
        }

        s_sink = kept;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static object NewGeneric<T>(int number) => number < 0 ? new object() : new List<T>();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static object NewUninitialized() => GC.AllocateUninitializedArray<byte>(4_000);
}
