using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Pprof.Runtime.Tests.Collectors.Waits;
using Pprof.Runtime.Tests.Sources.Snapshot;
using Pprof.Sources.Snapshot;
using Xunit;

namespace Pprof.Runtime.Tests.Collectors.Heap;

/// <summary>Who holds what, against objects that the tests hold: in each way in which the heap is looked at.</summary>
[Collection(nameof(SnapshotCollection))]
public sealed class HeldObjectsTests : IDisposable
{
    private const int Count = 3_000;

    private static readonly Dictionary<int, Entry> s_cache = [];
    private static readonly ConditionalWeakTable<object, OfTable> s_table = [];
    private static readonly ConditionalWeakTable<Key, OfDependent[]> s_dependents = [];
    private static object? s_holder;

    [ThreadStatic]
    private static OfThread? s_ofThread;

    public void Dispose()
    {
        LiveHeapSource.EventLimit.Set(PprofOptions.DefaultSnapshotEventLimit);
        s_cache.Clear();
        s_holder = null;
        GenericHolder<string>.Held = null;
    }

    [Theory]
    [HeapWays]
    public void AnObjectIsHeldByAStaticFieldAndWhatLiesBetween(HeapWay way)
    {
        HeapLook.OnThread(static () =>
        {
            for (int i = 0; i < Count; i++)
            {
                s_cache.Add(i, new Entry(new Payload[10]));
            }
        });

        // What the other way has left on a stack is held by that.
        NamedSample sample = Assert.Single(HeapLook.Retained(way), static sample =>
            sample.Stack[0].EndsWith($"{nameof(HeldObjectsTests)}.{nameof(Payload)}[]", StringComparison.Ordinal)
            && !sample.Stack[^1].StartsWith("[stack", StringComparison.Ordinal));

        string[] ends =
        [
            "Payload[]", HeapLook.Holder(way, "Entry", "Payloads"), "Entry>.Entry[]", HeapLook.Holder(way, "Entry>", "_entries"), StaticField(way, nameof(s_cache)),
        ];
        Assert.Equal(ends, sample.Stack.Zip(ends, static (name, end) => name.EndsWith(end, StringComparison.Ordinal) ? end : name));
        Assert.Equal(ends.Length, sample.Stack.Count);
        Assert.Equal([Count, Count * (24 + (16 * 10L))], sample.Values);
    }

    [Theory]
    [HeapWays]
    public void AListIsOneFrameHoweverLongItIs(HeapWay way)
    {
        HeapLook.OnThread(static () =>
        {
            Link? first = null;
            for (int i = 0; i < Count; i++)
            {
                first = new Link(first);
            }

            s_holder = first;
        });

        NamedSample sample = Held(way, nameof(Link));

        Assert.Equal(2, sample.Stack.Count);
        Assert.Equal(Count, sample.Values[0]);
        Assert.EndsWith(StaticField(way, nameof(s_holder)), sample.Stack[^1], StringComparison.Ordinal);
    }

    [Theory]
    [HeapWays]
    public void AStaticFieldOfAGenericTypeIsNamed(HeapWay way)
    {
        HeapLook.OnThread(static () => GenericHolder<string>.Held = new OfGeneric());

        NamedSample sample = Held(way, nameof(OfGeneric));

        // The runtime leaves static fields of generic types out where it tells of its heap.
        string expected = way == HeapWay.Copy ? "GenericHolder<string>.Held [static field]" : "[GC handle]";
        Assert.EndsWith(expected, sample.Stack[^1], StringComparison.Ordinal);
    }

    [Theory]
    [HeapWays]
    public void WhatAThreadHasIsNamedAfterIt(HeapWay way)
    {
        using var done = new ManualResetEventSlim();
        using var ready = new ManualResetEventSlim();
        var thread = new Thread(() => Stand(ready, done)) { IsBackground = true, Name = "holder" };
        thread.Start();
        ready.Wait();

        List<NamedSample> samples = HeapLook.Retained(way);
        done.Set();
        thread.Join();

        // The events tell of no thread, and of what is a thread's own as of what its stack has.
        (string statics, string stack) = way == HeapWay.Copy
            ? ("[thread statics of holder]", "[stack of thread holder]")
            : ("[stack of a thread]", "[stack of a thread]");
        Assert.Equal(statics, Held(samples, nameof(OfThread)).Stack[^1]);
        Assert.Equal(stack, Held(samples, nameof(OfStack)).Stack[^1]);
    }

    [Theory]
    [HeapWays]
    public void AHandleIsNamedAsWhatItIs(HeapWay way)
    {
        GCHandle normal = Alloc<OfHandle>(GCHandleType.Normal);
        GCHandle weak = Alloc<OfWeakHandle>(GCHandleType.Weak);
        GCHandle pinned = GCHandle.Alloc(new OfPinned[7], GCHandleType.Pinned);
        AddDependent();

        List<NamedSample> samples = HeapLook.Retained(way);
        normal.Free();
        weak.Free();
        pinned.Free();

        Assert.Equal("[GC handle]", Held(samples, nameof(OfHandle)).Stack[^1]);
        Assert.Equal("[pinned GC handle]", Held(samples, nameof(OfPinned) + "[]").Stack[^1]);
        Assert.DoesNotContain(samples, static sample => sample.Stack[0].EndsWith("." + nameof(OfWeakHandle), StringComparison.Ordinal));
        NamedSample dependent = Held(samples, nameof(OfDependent) + "[]");
        Assert.Equal("[dependent handle]", dependent.Stack[^1]);
        Assert.EndsWith(".Key", dependent.Stack[^2], StringComparison.Ordinal);
    }

    [Theory]
    [HeapWays]
    public void WhatWaitsForItsFinalizerIsHeldByTheQueue(HeapWay way)
    {
        using var running = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        DropFinalizable(running, goOn);
        GC.Collect();
        running.Wait();
        DropMore();
        GC.Collect();

        List<NamedSample> samples = HeapLook.Retained(way);
        goOn.Set();
        GC.WaitForPendingFinalizers();

        NamedSample sample = Held(samples, nameof(Finalizable));
        Assert.Equal("[finalizer queue]", sample.Stack[^1]);
        Assert.Equal(100, sample.Values[0]);
    }

    /// <summary>What lives as long as something else is not held by what is about to die.</summary>
    [Theory]
    [HeapWays]
    public void WhatATableHasIsNotHeldByTheQueueOfFinalizers(HeapWay way)
    {
        using var running = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        s_holder = new object();
        AddShared(s_holder);
        DropFinalizable(running, goOn);
        GC.Collect();
        running.Wait();
        DropShared(s_holder);
        GC.Collect();

        List<NamedSample> samples = HeapLook.Retained(way);
        goOn.Set();
        GC.WaitForPendingFinalizers();

        Assert.Equal("[dependent handle]", Held(samples, nameof(OfTable)).Stack[^1]);
    }

    /// <summary>A timer leads to those beside it, which have nothing to do with it.</summary>
    [Theory]
    [HeapWays]
    public void WhatTimersHaveIsHeldByTheirQueueWhoeverHoldsOtherTimers(HeapWay way)
    {
        using var timers = new QueuedTimers();
        s_holder = timers.Some;

        NamedSample sample = HeapLook.Of(HeapLook.Retained(way), "." + nameof(QueuedTimers.Target));

        Assert.Equal(HeapLook.StaticField(way, "System.Threading.TimerQueue", "Instances"), sample.Stack[^1]);
        Assert.Equal(QueuedTimers.Count, sample.Values[0]);
    }

    private static string StaticField(HeapWay way, string field) => HeapLook.StaticField(way, nameof(HeldObjectsTests), field);

    private static NamedSample Held(HeapWay way, string type) => Held(HeapLook.Retained(way), type);

    private static NamedSample Held(List<NamedSample> samples, string type) => HeapLook.Of(samples, $"{nameof(HeldObjectsTests)}.{type}");

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static GCHandle Alloc<T>(GCHandleType kind)
        where T : new() => GCHandle.Alloc(new T(), kind);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void AddDependent()
    {
        var key = new Key();
        s_dependents.Add(key, new OfDependent[Count]);
        s_holder = key;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void DropFinalizable(ManualResetEventSlim running, ManualResetEventSlim goOn) => _ = new Blocking(running, goOn);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void DropMore()
    {
        for (int i = 0; i < 100; i++)
        {
            _ = new Finalizable();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void AddShared(object key) => s_table.Add(key, new OfTable());

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void DropShared(object key) => _ = new FinalizableHolder(s_table.TryGetValue(key, out OfTable? shared) ? shared : null);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Stand(ManualResetEventSlim ready, ManualResetEventSlim done)
    {
        s_ofThread = new OfThread();
        var local = new OfStack();
        ready.Set();
        done.Wait();
        GC.KeepAlive(local);
        GC.KeepAlive(s_ofThread);
    }

    private static class GenericHolder<T>
    {
        public static object? Held;
    }

    private sealed record Entry(Payload[] Payloads)
    {
        public long Number { get; set; }
    }

    private readonly record struct Payload(object? Value, long Number);

    private sealed class Link(Link? next)
    {
        public Link? Next { get; } = next;
    }

    private sealed class Key;

    private sealed class OfDependent;

    private sealed class OfGeneric;

    private sealed class OfThread;

    private sealed class OfStack;

    private sealed class OfHandle;

    private sealed class OfWeakHandle;

    private readonly record struct OfPinned(long Number);

    private sealed class Blocking(ManualResetEventSlim running, ManualResetEventSlim goOn)
    {
        ~Blocking()
        {
            running.Set();
            goOn.Wait();
        }
    }

    private sealed class OfTable;

    private sealed class FinalizableHolder(object? held)
    {
        ~FinalizableHolder() => GC.KeepAlive(held);
    }

    private sealed class Finalizable
    {
        ~Finalizable() => GC.KeepAlive(this);
    }
}
