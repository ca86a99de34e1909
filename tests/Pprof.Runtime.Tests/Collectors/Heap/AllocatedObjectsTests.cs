using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using Pprof.Profiles;
using Pprof.Runtime.Tests.Collectors.Waits;
using Pprof.Runtime.Tests.Sources.EventPipe;
using Pprof.Testing;
using Xunit;
using static Pprof.Runtime.Tests.Collectors.Heap.AllocationLook;
using static Pprof.Runtime.Tests.Collectors.Heap.KnownAllocations;

namespace Pprof.Runtime.Tests.Collectors.Heap;

/// <summary>
/// What was allocated and by whom, what is estimated against what the tests know, by all who can tell. A tick tells the last
/// object for all that were allocated since the one before, so that ticks are compared only where all are alike.
/// </summary>
[Measures]
[Collection(nameof(EventPipeCollection))]
public sealed class AllocatedObjectsTests
{
    private const int LiveBytes = 3;

    private const int CollectibleArrays = 200;
    private const int CollectibleLength = 10_000;

    private static object? s_sink;

    /// <summary>The methods that allocate, by size, on threads that live for a moment and on one that goes on.</summary>
    public static TheoryData<AllocationWay, string, int, bool> Threads()
    {
        var rows = new TheoryData<AllocationWay, string, int, bool>();
        foreach (AllocationWay way in OperatingSystem.IsLinux() ? (AllocationWay[])[AllocationWay.Callback, AllocationWay.Events] : [AllocationWay.Events])
        {
            foreach ((string method, int size) in ((string, int)[])[(nameof(NewSmall), 32), (nameof(NewArray), 100_024), (nameof(NewHuge), 2_000_024), (nameof(NewPinned), 5_024), (nameof(NewString), 224)])
            {
                rows.Add(way, method, size, true);
                rows.Add(way, method, size, false);
            }
        }

        return rows;
    }

    [Theory]
    [AllocationWays(AllocationWay.Callback, AllocationWay.Events, AllocationWay.Ticks)]
    public async Task TheSumIsWhatTheRuntimeCounts(AllocationWay way)
    {
        await using AllocationLook look = await OpenAsync(way);
        Profile before = look.Snapshot();
        long start = GC.GetTotalAllocatedBytes(precise: true);
        for (int i = 0; i < 1_500_000; i++)
        {
            s_sink = NewArray(976);
        }

        long allocated = GC.GetTotalAllocatedBytes(precise: true) - start;
        Profile delta = look.Since(before);

        AssertNear(allocated, Allocated(NamedSample.Of(delta)), delta);
        Assert.Equal(0, delta.Gaps.LostSamples);
    }

    /// <summary>Each kind of allocation is where it belongs, with the number of its objects and its type.</summary>
    [Theory]
    [AllocationWays(AllocationWay.Callback, AllocationWay.Events)]
    public async Task EveryKindOfAllocationIsSeenInItsShare(AllocationWay way)
    {
        const int Count = 300_000;
        await using AllocationLook look = await OpenAsync(way);
        Profile before = look.Snapshot();
        AllocateEveryKind(Count);
        Profile delta = look.Since(before);

        Estimate.AssertEveryKind(NamedSample.Of(delta), Count, RateOf(delta));
    }

    /// <summary>Methods without a frame of their own and small wrappers are in the stack, as in that of a CPU profile.</summary>
    [Theory]
    [AllocationWays(AllocationWay.Callback, AllocationWay.Events, AllocationWay.Ticks)]
    public async Task TheStackIsComplete(AllocationWay way)
    {
        await using AllocationLook look = await OpenAsync(way);
        Profile before = look.Snapshot();
        AllocateSmall();

        NamedSample sample = NamedSample.Of(look.Since(before)).First(sample => sample.Has(nameof(NewSmall)));

        Assert.EndsWith(nameof(Small), sample.Stack[0], StringComparison.Ordinal);
        Assert.EndsWith("." + nameof(NewSmall), sample.Stack[1], StringComparison.Ordinal);
        Assert.EndsWith("." + nameof(Wrapper), sample.Stack[2], StringComparison.Ordinal);
        Assert.EndsWith("." + nameof(Outer), sample.Stack[3], StringComparison.Ordinal);
        Assert.EndsWith("." + nameof(AllocateSmall), sample.Stack[4], StringComparison.Ordinal);
    }

    /// <summary>
    /// However short a thread lives, and whatever it allocates, the method that allocates is in the stack: so are the bytes
    /// of all stacks but what making threads and taking snapshots takes.
    /// </summary>
    [Theory]
    [MemberData(nameof(Threads))]
    public async Task TheMethodThatAllocatesIsInTheStackOfEveryThread(AllocationWay way, string method, int size, bool livesShort)
    {
        const int Bytes = 256 << 20;
        int count = Bytes / size;
        int perThread = livesShort ? Math.Max(1, (1 << 20) / size) : count;
        Func<object> allocate = method switch
        {
            nameof(NewSmall) => NewSmall,
            nameof(NewArray) => static () => NewArray(100_000),
            nameof(NewHuge) => NewHuge,
            nameof(NewPinned) => NewPinned,
            _ => NewString,
        };
        await using AllocationLook look = await OpenAsync(way);
        Profile before = look.Snapshot();
        for (int done = 0; done < count; done += perThread)
        {
            var thread = new Thread(() =>
            {
                for (int i = 0; i < perThread; i++)
                {
                    s_sink = allocate();
                }
            });
            thread.Start();
            thread.Join();
        }

        Profile delta = look.Since(before);
        List<NamedSample> samples = NamedSample.Of(delta);
        NamedSample[] without = [.. samples.Where(sample => !sample.Has(method))];

        Assert.True(
            Allocated(without) <= Allocated(samples) * 0.03,
            string.Join('\n', without.OrderByDescending(static sample => Allocated([sample])).Take(5)
                .Select(static sample => $"{Allocated([sample])}: {string.Join(" < ", sample.Stack)}")));
        AssertNear(Bytes, Allocated(samples), delta);
    }

    /// <summary>It is no object, and no part of the heap.</summary>
    [Theory]
    [AllocationWays(AllocationWay.Callback, AllocationWay.Events, AllocationWay.Ticks)]
    public async Task MemoryOfATypeIsNotSeen(AllocationWay way)
    {
        await using AllocationLook look = await OpenAsync(way);
        Profile before = look.Snapshot();
        for (int i = 0; i < 64; i++)
        {
            _ = NewTypeMemory();
        }

        Assert.Equal(0, Allocated(NamedSample.Of(look.Since(before)).Where(static sample => sample.Has(nameof(NewTypeMemory)))));
    }

    [Theory]
    [AllocationWays(AllocationWay.Callback, AllocationWay.Events, AllocationWay.Ticks)]
    public async Task DeepRecursionAndManyThreadsHarmNothing(AllocationWay way)
    {
        await using AllocationLook look = await OpenAsync(way);
        Profile before = look.Snapshot();
        Thread[] threads = [.. Enumerable.Range(0, 40).Select(static number => new Thread(() => Recurse(number * 1_000, 2_000), 64 << 20))];
        Array.ForEach(threads, static thread => thread.Start());
        Array.ForEach(threads, static thread => thread.Join());

        Profile delta = look.Since(before);
        NamedSample[] samples = [.. NamedSample.Of(delta).Where(sample => sample.Has(nameof(Recurse)))];

        AssertNear(40 * 2_000 * 1000L, Allocated(samples), delta);
        if (way == AllocationWay.Callback)
        {
            // Of an event's stack the runtime writes down the innermost frames alone.
            Assert.Contains(samples, static sample => sample.Stack[^1] == "[truncated stack]");
            Assert.Contains(samples, static sample => sample.Stack.Any(frame => frame.EndsWith("Thread.StartCallback", StringComparison.Ordinal)));
        }
    }

    [Theory]
    [AllocationWays(AllocationWay.Callback, AllocationWay.Events, AllocationWay.Ticks)]
    public async Task ATypeThatIsUnloadedKeepsItsNameAndItsShare(AllocationWay way)
    {
        await using AllocationLook look = await OpenAsync(way);
        Profile before = look.Snapshot();
        WeakReference type = AllocateCollectible();
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                KnownLives.Collect();
                return !type.IsAlive;
            },
            TimeSpan.FromSeconds(20)));

        Profile delta = look.Since(before);
        NamedSample[] things = [.. NamedSample.Of(delta).Where(static sample => sample.Stack[0] == "Unloadable.Thing[]")];
        AssertNear(CollectibleArrays * (24L + (CollectibleLength * 8)), Allocated(things), delta);
        Assert.Equal(0, things.Sum(static sample => sample.Values[LiveBytes]));
    }

    /// <summary>The runtime's event has neither the type that another is nested in, nor its arguments where they belong.</summary>
    [LinuxFact]
    public async Task NestedTypesHaveTheirNamesInFull()
    {
        await using AllocationLook look = await OpenAsync(AllocationWay.Callback);
        Profile before = look.Snapshot();
        object[] kept = [new Nesting<int>.Inner<string>.Most<byte[], (int, string)>[100_000], new Dictionary<int, string>(100_000), new Nesting<Nesting<long>.Plain>.Plain[100_000]];
        List<NamedSample> samples = NamedSample.Of(look.Since(before));
        GC.KeepAlive(kept);

        string outer = $"{typeof(AllocatedObjectsTests).FullName}.Nesting";
        Assert.Superset(
            new HashSet<string>
            {
                $"{outer}<int>.Inner<string>.Most<byte[], System.ValueTuple<int, string>>[]",
                "System.Collections.Generic.Dictionary<int, string>.Entry[]",
                $"{outer}<{outer}<long>.Plain>.Plain[]",
            },
            samples.Select(static sample => sample.Stack[0]).ToHashSet());
    }

    [Theory]
    [AllocationWays(AllocationWay.Callback, AllocationWay.Events, AllocationWay.Ticks)]
    public async Task AWindowShowsTheLabelsOfTheThreadThatAllocated(AllocationWay way)
    {
        await using AllocationLook look = await OpenAsync(way, inWindow: true);
        Profile before = look.Snapshot();
        foreach (string tenant in (string[])["acme", "blue", "blue", "blue"])
        {
            using (PprofLabels.Push("tenant", tenant))
            {
                for (int i = 0; i < 50_000; i++)
                {
                    s_sink = NewArray(976);
                }
            }
        }

        Profile delta = look.Since(before);
        NamedSample[] samples = [.. NamedSample.Of(delta).Where(static sample => sample.Has(nameof(NewArray)))];

        AssertNear(50_000 * 1000L, Bytes("acme"), delta);
        AssertNear(150_000 * 1000L, Bytes("blue"), delta);
        AssertNear(200_000 * 1000L, Allocated(samples), delta);

        long Bytes(string tenant) => Allocated(samples.Where(sample => sample.Labels.GetValueOrDefault("tenant") == tenant));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void AllocateSmall()
    {
        for (int i = 0; i < 200_000; i++)
        {
            s_sink = Outer();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference AllocateCollectible()
    {
        AssemblyBuilder assembly = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("Unloadable"), AssemblyBuilderAccess.RunAndCollect);
        Type type = assembly.DefineDynamicModule("Unloadable").DefineType("Unloadable.Thing", TypeAttributes.Public).CreateType();
        for (int i = 0; i < CollectibleArrays; i++)
        {
            s_sink = Array.CreateInstance(type, CollectibleLength);
        }

        s_sink = null;
        return new WeakReference(type);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static nint NewTypeMemory() => RuntimeHelpers.AllocateTypeAssociatedMemory(typeof(AllocatedObjectsTests), 200_000);

    private static class Nesting<T>
    {
        public sealed class Plain;

        public static class Inner<TInner>
        {
            public sealed class Most<TFirst, TSecond>;
        }
    }
}
