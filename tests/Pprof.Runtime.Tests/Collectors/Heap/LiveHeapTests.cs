using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Pprof.Collectors;
using Pprof.Collectors.Heap;
using Pprof.Encoding.Text;
using Pprof.Profiles;
using Pprof.Runtime.Tests.Collectors.Waits;
using Pprof.Runtime.Tests.Sources.Snapshot;
using Pprof.Sources.Snapshot;
using Pprof.Symbols;
using Xunit;

namespace Pprof.Runtime.Tests.Collectors.Heap;

/// <summary>What is alive, by type and by who holds it, against objects that the tests hold.</summary>
[Collection(nameof(SnapshotCollection))]
public sealed class LiveHeapTests
{
    private const int Count = 3_000;

    private static readonly Dictionary<int, Entry> s_cache = [];
    private static readonly ConditionalWeakTable<object, OfTable> s_table = [];
    private static object? s_holder;

    [ThreadStatic]
    private static OfThread? s_ofThread;

    private readonly LiveHeapCollector _types = new(paths: false);
    private readonly LiveHeapCollector _retained = new(paths: true);

    public LiveHeapTests()
    {
        LiveHeapSource.MemoryLimit.Set(PprofOptions.DefaultSnapshotMemoryLimit);
        LiveHeapSource.ResidentLimit.Set(PprofOptions.DefaultSnapshotResidentLimit);
    }

    private static event EventHandler? Changed;

    [LinuxFact]
    public void EveryTypeIsThereWithItsObjectsAndBytes()
    {
        s_holder = Enumerable.Range(0, Count).Select(static number => new Counted(new Part[10]) { Number = number }).ToArray();

        List<NamedSample> samples = NamedSample.Of(_types.Snapshot());

        // Of types that no other test has objects of, which might be left on a stack.
        Assert.Equal([Count, Count * 32L], Held(samples, nameof(Counted)).Values);
        Assert.Equal([Count, Count * (24 + (16 * 10L))], Held(samples, nameof(Part) + "[]").Values);
        s_holder = null;
    }

    [LinuxFact]
    public void AnObjectIsHeldByAStaticFieldAndWhatLiesBetween()
    {
        Fill(Count);

        NamedSample sample = Held(nameof(Payload) + "[]");

        Assert.Equal(
            ["Payload[]", "Entry.Payloads", "Entry>.Entry[]", "Entry>._entries", $"{nameof(LiveHeapTests)}.{nameof(s_cache)} [static field]"],
            sample.Stack.Zip(["Payload[]", "Entry.Payloads", "Entry>.Entry[]", "Entry>._entries", $"{nameof(LiveHeapTests)}.{nameof(s_cache)} [static field]"], static (name, end) => name.EndsWith(end, StringComparison.Ordinal) ? end : name));
        Assert.Equal(Count, sample.Values[0]);
        s_cache.Clear();
    }

    [LinuxFact]
    public void AListIsOneFrameHoweverLongItIs()
    {
        Link? first = null;
        for (int i = 0; i < Count; i++)
        {
            first = new Link(first);
        }

        s_holder = first;

        NamedSample sample = Held(nameof(Link));

        Assert.Equal(2, sample.Stack.Count);
        Assert.Equal(Count, sample.Values[0]);
        Assert.EndsWith($".{nameof(s_holder)} [static field]", sample.Stack[^1], StringComparison.Ordinal);
        s_holder = null;
    }

    [LinuxFact]
    public void AStaticFieldOfAGenericTypeHasItsArguments()
    {
        GenericHolder<string>.Held = new OfGeneric();

        NamedSample sample = Held(nameof(OfGeneric));

        Assert.EndsWith("GenericHolder<string>.Held [static field]", sample.Stack[^1], StringComparison.Ordinal);
        GenericHolder<string>.Held = null;
    }

    [LinuxFact]
    public void WhatAThreadHasIsNamedAfterIt()
    {
        using var done = new ManualResetEventSlim();
        using var ready = new ManualResetEventSlim();
        var thread = new Thread(() => Stand(ready, done)) { IsBackground = true, Name = "holder" };
        thread.Start();
        ready.Wait();

        Assert.Equal("[thread statics of holder]", Held(nameof(OfThread)).Stack[^1]);
        Assert.Equal("[stack of thread holder]", Held(nameof(OfStack)).Stack[^1]);
        done.Set();
        thread.Join();
    }

    [LinuxFact]
    public void AHandleIsNamedAsWhatItIs()
    {
        GCHandle normal = Alloc<OfHandle>(GCHandleType.Normal);
        GCHandle weak = Alloc<OfWeakHandle>(GCHandleType.Weak);
        GCHandle pinned = GCHandle.Alloc(new OfPinned[7], GCHandleType.Pinned);

        List<NamedSample> samples = NamedSample.Of(_retained.Snapshot());

        Assert.Equal("[GC handle]", Held(samples, nameof(OfHandle)).Stack[^1]);
        Assert.Equal("[pinned GC handle]", Held(samples, nameof(OfPinned) + "[]").Stack[^1]);
        Assert.DoesNotContain(samples, static sample => sample.Stack[0].EndsWith("." + nameof(OfWeakHandle), StringComparison.Ordinal));
        normal.Free();
        weak.Free();
        pinned.Free();
    }

    [LinuxFact]
    public void WhatWaitsForItsFinalizerIsHeldByTheQueue()
    {
        using var running = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        DropFinalizable(running, goOn);
        GC.Collect();
        running.Wait();
        DropMore();
        GC.Collect();

        NamedSample sample = Held(nameof(Finalizable));

        Assert.Equal("[finalizer queue]", sample.Stack[^1]);
        Assert.Equal(100, sample.Values[0]);
        goOn.Set();
        GC.WaitForPendingFinalizers();
    }

    /// <summary>What lives as long as something else is not held by what is about to die.</summary>
    [LinuxFact]
    public void WhatATableHasIsNotHeldByTheQueueOfFinalizers()
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

        NamedSample sample = Held(nameof(OfTable));

        Assert.Equal("[dependent handle]", sample.Stack[^1]);
        goOn.Set();
        GC.WaitForPendingFinalizers();
        s_holder = null;
    }

    /// <summary>Types within each other double the name at each level: of this one it would have 12 million characters.</summary>
    [LinuxFact]
    public void ATypeOfAVeryLongNameStandsForItself()
    {
        Type type = typeof(Pair<int, int>);
        for (int i = 0; i < 16; i++)
        {
            type = typeof(Pair<,>).MakeGenericType(type, type);
        }

        s_holder = Activator.CreateInstance(type);

        List<NamedSample> samples = NamedSample.Of(_retained.Snapshot());

        // Else the runtime, where it tells of its heap, would write the name in full.
        s_holder = null;
        NamedSample sample = Assert.Single(samples, static sample => sample.Stack[^1].EndsWith($".{nameof(s_holder)} [static field]", StringComparison.Ordinal));
        Assert.Equal(2, sample.Stack.Count);
        Assert.Contains($".{nameof(LiveHeapTests)}.Pair<", sample.Stack[0], StringComparison.Ordinal);
        Assert.InRange(sample.Stack[0].Length, 500, 1_001);
    }

    /// <summary>A timer leads to those beside it, which have nothing to do with it.</summary>
    [LinuxFact]
    public void WhatTimersHaveIsHeldByTheirQueueWhoeverHoldsOtherTimers()
    {
        using var timers = new QueuedTimers();
        s_holder = timers.Some;

        NamedSample sample = Assert.Single(
            NamedSample.Of(_retained.Snapshot()), static sample => sample.Stack[0].EndsWith(nameof(QueuedTimers.Target), StringComparison.Ordinal));

        Assert.Equal("System.Threading.TimerQueue.Instances [static field]", sample.Stack[^1]);
        Assert.Equal(QueuedTimers.Count, sample.Values[0]);
        s_holder = null;
    }

    [LinuxFact]
    public async Task ADifferenceIsWhatGrew()
    {
        Fill(Count);
        await using ProfileWindow window = await _retained.BeginWindowAsync(CancellationToken.None);
        Profile before = window.Snapshot(Shapes.LiveHeap);
        Fill(2 * Count);

        List<NamedSample> grown = NamedSample.Of(ProfileDelta.Between(before, window.Snapshot(Shapes.LiveHeap)));

        // What is left on a stack may hold those of another test, more of them now than before.
        Assert.Equal(Count, grown
            .Where(static sample => IsOf(sample, nameof(Payload) + "[]") && sample.Stack[^1].EndsWith($".{nameof(s_cache)} [static field]", StringComparison.Ordinal))
            .Sum(static sample => sample.Values[0]));
        s_cache.Clear();
    }

    [LinuxFact]
    public void AnEventThatNobodyLeavesIsAmongTheFirst()
    {
        for (int i = 0; i < Count; i++)
        {
            Changed += new Listener().On;
        }

        string[] rows = Text(_retained.Snapshot()).Split("\n\n")[..5];

        Assert.Contains(rows, static row => row.Contains($"{nameof(LiveHeapTests)}.{nameof(Changed)} [static field]", StringComparison.Ordinal) && row.Contains(nameof(Listener), StringComparison.Ordinal));
        Changed = null;
    }

    [LinuxFact]
    public void AProcessThatIsTooLargeIsNotCopied()
    {
        LiveHeapSource.ResidentLimit.Set(1 << 20);

        Assert.Contains("SnapshotResidentLimit (1 MB)", new SnapshotHeapSource(paths: false).UnsupportedReason, StringComparison.Ordinal);
    }

    private NamedSample Held(string type) => Held(NamedSample.Of(_retained.Snapshot()), type);

    private static NamedSample Held(List<NamedSample> samples, string type) =>
        Assert.Single(samples, sample => IsOf(sample, type));

    private static bool IsOf(NamedSample sample, string type) => sample.Stack[0].EndsWith($"{nameof(LiveHeapTests)}.{type}", StringComparison.Ordinal);

    private static string Text(Profile profile)
    {
        using var writer = new StringWriter { NewLine = "\n" };
        TextForm.Write(writer, "heap", profile, Symbolizer.Create());
        return writer.ToString();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Fill(int count)
    {
        for (int i = 0; i < count; i++)
        {
            s_cache.TryAdd(i, new Entry(new Payload[10]));
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static GCHandle Alloc<T>(GCHandleType kind)
        where T : new() => GCHandle.Alloc(new T(), kind);

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

    private sealed record Counted(Part[] Parts)
    {
        public long Number { get; init; }
    }

    private readonly record struct Part(object? Value, long Number);

    private readonly record struct Payload(object? Value, long Number);

    private sealed class Link(Link? next)
    {
        public Link? Next { get; } = next;
    }

    private sealed class OfGeneric;

    private sealed class OfThread;

    private sealed class OfStack;

    private sealed class OfHandle;

    private sealed class OfWeakHandle;

    private readonly record struct OfPinned(long Number);

    private sealed class Listener
    {
        private readonly byte[] _data = new byte[10_000];

        public void On(object? sender, EventArgs e) => GC.KeepAlive(_data);
    }

    private sealed class Blocking(ManualResetEventSlim running, ManualResetEventSlim goOn)
    {
        ~Blocking()
        {
            running.Set();
            goOn.Wait();
        }
    }

    private sealed class OfTable;

    private sealed class Pair<TFirst, TSecond>;

    private sealed class FinalizableHolder(object? held)
    {
        ~FinalizableHolder() => GC.KeepAlive(held);
    }

    private sealed class Finalizable
    {
        ~Finalizable() => GC.KeepAlive(this);
    }
}
