using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Diagnostics.Runtime;
using Pprof.Sources.Snapshot;
using Pprof.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Pprof.Runtime.Tests.Sources.Snapshot;

/// <summary>A copy of the process that runs the tests, against what the tests know of its heap.</summary>
[Measures]
[Collection(nameof(SnapshotCollection))]
public sealed class HeapSnapshotTests(ITestOutputHelper output)
{
    private const int Count = 50_000;
    private const int Behind = 2_000;
    private const ulong Unkeyed = 100;

    private static readonly List<Kept> s_kept = [];
    private static readonly byte[][] s_arrays = new byte[10][];
    private static object? s_latest;

    [LinuxFact]
    public async Task WhatIsHeldIsAliveAndWhatIsNotIsNot()
    {
        Fill();
        (ulong All, ulong Live) kept = default;
        (ulong All, ulong Live) dropped = default;

        await SnapshotRun.DoAsync(snapshot =>
        {
            snapshot.Mark(paths: true);
            output.WriteLine(SnapshotRun.Describe(snapshot));
            kept = SnapshotRun.Of(snapshot, typeof(Kept));
            dropped = SnapshotRun.Of(snapshot, typeof(Dropped));
        });

        // Stacks are read word by word: one may still have the array of the test of objects behind a context.
        Assert.InRange(kept.Live, (ulong)Count, (ulong)(Count + Behind));

        // A collection on the way may have taken them.
        Assert.InRange(dropped.All, 0UL, (ulong)Count);

        // This one may have the last, and others what was left there: more, the more threads there are and the deeper they have been.
        Assert.InRange(dropped.Live, 0UL, (ulong)Count / 200);
        s_kept.Clear();
    }

    /// <summary>
    /// A type that can be unloaded has no module that loads it while it is made and unloaded. The runtime's data access
    /// component would follow that to nowhere, and take this process with it.
    /// </summary>
    [LinuxFact]
    public async Task ATypeThatIsNotFinishedIsNotAskedAbout()
    {
        // Without an object, so that no collection asks for the module either.
        AssemblyBuilder assembly = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("Unfinished"), AssemblyBuilderAccess.RunAndCollect);
        Type type = assembly.DefineDynamicModule("Unfinished").DefineType("Unfinished").CreateType();
        nint methodTable = type.TypeHandle.Value;
        nint place = Marshal.ReadIntPtr(methodTable, 0x20) + 8;
        nint module = Marshal.ReadIntPtr(place);
        bool whole = false;
        (bool, ulong, string?) unfinished = default;

        await SnapshotRun.DoAsync(snapshot => whole = snapshot.Dac.IsCollectible((ulong)methodTable) && snapshot.Dac.LoaderOf((ulong)methodTable) != 0);
        Marshal.WriteIntPtr(place, 0);
        try
        {
            await SnapshotRun.DoAsync(snapshot => unfinished =
                (snapshot.Dac.IsCollectible((ulong)methodTable), snapshot.Dac.LoaderOf((ulong)methodTable), snapshot.Dac.NameOf((ulong)methodTable)));
        }
        finally
        {
            Marshal.WriteIntPtr(place, module);
        }

        Assert.True(whole);
        Assert.Equal((true, 0UL, null), unfinished);
        GC.KeepAlive(type);
    }

    /// <summary>An independent reader of the same copy finds the same objects of every type.</summary>
    [LinuxFact]
    public async Task TheCountsAreThoseOfAnotherReaderOfTheSameMemory()
    {
        Fill();
        Dictionary<ulong, ulong> ours = [];
        Dictionary<ulong, ulong> theirs = [];

        // The other passes over a context that is exactly full, and then over what lies behind it, or finds no type there.
        bool isComparable = false;
        for (int i = 0; i < 100 && !isComparable; i++)
        {
            ours.Clear();
            theirs.Clear();
            await SnapshotRun.DoAsync(snapshot => isComparable = !SnapshotRun.HasFullContext(snapshot) && Count(snapshot, ours, theirs));
        }

        Assert.True(isComparable);
        Assert.InRange(theirs.Count, 200, int.MaxValue);
        Assert.Equal(theirs.OrderBy(static type => type.Key), ours.OrderBy(static type => type.Key));
        s_kept.Clear();

        static bool Count(HeapSnapshot snapshot, Dictionary<ulong, ulong> ours, Dictionary<ulong, ulong> theirs)
        {
            foreach (HeapType type in snapshot.Types)
            {
                if (type.Count > 0)
                {
                    ours.Add(type.MethodTable, type.Count);
                }
            }

            using var target = new DataTarget(new CopyReader(snapshot), new DataTargetOptions());
            using ClrRuntime runtime = target.ClrVersions.Single().CreateRuntime(
                Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "libmscordaccore.so"), ignoreMismatch: true);
            foreach (ClrObject found in runtime.Heap.EnumerateObjects().Where(static found => !found.IsFree))
            {
                if (found.Type is not { } type)
                {
                    return false;
                }

                CollectionsMarshal.GetValueRefOrAddDefault(theirs, type.MethodTable, out _)++;
            }

            return true;
        }
    }

    /// <summary>
    /// An object larger than what threads get at a time leaves its thread with a context that is exactly full, and the room
    /// behind it without an object, while others allocate on.
    /// </summary>
    [LinuxFact]
    public async Task WhatIsAllocatedBehindAFullContextIsAlive()
    {
        Kept[] behind = new Kept[Behind];
        bool isAllocated = false;
        bool isDone = false;
        var thread = new Thread(() => StandBehindArrays(ref isAllocated, ref isDone)) { IsBackground = true };
        GC.Collect();
        thread.Start();
        while (!Volatile.Read(ref isAllocated))
        {
            Thread.Sleep(1);
        }

        for (int i = 0; i < behind.Length; i++)
        {
            behind[i] = new Kept();
        }

        s_latest = behind;
        (ulong All, ulong Live) kept = default;
        bool hasFullContext = false;
        await SnapshotRun.DoAsync(snapshot =>
        {
            snapshot.Mark(paths: false);
            hasFullContext = SnapshotRun.HasFullContext(snapshot);
            kept = SnapshotRun.Of(snapshot, typeof(Kept));
            output.WriteLine($"full context: {hasFullContext}; {SnapshotRun.Describe(snapshot)}");
        });

        Volatile.Write(ref isDone, true);
        thread.Join();
        s_latest = null;
        Assert.Equal((ulong)Behind, kept.Live);
    }

    /// <summary>A million ways are more than a snapshot has room for: then root and type are kept, and every object is of its own type.</summary>
    [LinuxFact]
    public async Task NoObjectCountsAsAnotherTypeWhereThereIsNoRoomForMoreWays()
    {
        s_latest = new Tree();
        Dictionary<ulong, ulong> ofNodes = [];
        List<(string Type, ulong Live, ulong OfNodes)> wrong = [];
        long folded = 0;
        await SnapshotRun.DoAsync(snapshot =>
        {
            snapshot.Mark(paths: true);
            output.WriteLine(SnapshotRun.Describe(snapshot));
            folded = snapshot.FoldedObjects;
            foreach (HeapNode node in snapshot.Nodes)
            {
                CollectionsMarshal.GetValueRefOrAddDefault(ofNodes, node.Parent == HeapNode.None ? 0 : node.MethodTable, out _) += node.Count;
            }

            foreach (HeapType type in snapshot.Types)
            {
                if (ofNodes.GetValueOrDefault(type.MethodTable) is var count && type.MethodTable != 0 && count != type.LiveCount)
                {
                    wrong.Add(($"{type.MethodTable:x}", type.LiveCount, count));
                }
            }
        });

        s_latest = null;
        Assert.Empty(wrong.Take(5));
        Assert.InRange(folded, 100_000, long.MaxValue);
    }

    /// <summary>An object of a type that can be unloaded keeps the static fields of all that were loaded with it.</summary>
    [LinuxFact]
    public async Task WhatAStaticFieldOfAnUnloadableTypeHasLivesAsLongAsAnObjectOfIt()
    {
        // What is on the stack of a thread would hold it too.
        var thread = new Thread(static () => s_latest = NewPlugin());
        thread.Start();
        thread.Join();
        (ulong All, ulong Live) cached = default;
        (ulong All, ulong Live) dropped = default;

        await SnapshotRun.DoAsync(snapshot =>
        {
            snapshot.Mark(paths: true);
            cached = SnapshotRun.Of(snapshot, typeof(Cached));
        });
        s_latest = null;
        await SnapshotRun.DoAsync(snapshot =>
        {
            snapshot.Mark(paths: true);
            dropped = SnapshotRun.Of(snapshot, typeof(Cached));
        });

        output.WriteLine($"{cached}, then {dropped}");
        Assert.Equal((ulong)Behind, cached.Live);
    }

    /// <summary>Of two fields that have one object the first that was found names it, in every snapshot.</summary>
    [LinuxFact]
    public async Task RootsOfAGroupStayInTheOrderInWhichTheyWereFound()
    {
        List<uint> labels = [];
        await SnapshotRun.DoAsync(snapshot =>
        {
            snapshot.Mark(paths: false);
            labels = SnapshotRun.RootLabels(snapshot, group: 0);
        });

        Assert.InRange(labels.Count, 100, int.MaxValue);
        Assert.Equal(labels.Order(), labels);
    }

    [LinuxFact]
    public async Task AFaultOfTheCopyLeavesNoCore()
    {
        string limits = "";
        await SnapshotRun.DoAsync(snapshot => limits = File.ReadAllText($"/proc/{snapshot.ProcessId}/limits"));

        // The kernel starts no handler of cores where the limit is 1.
        Assert.Matches(@"(?m)^Max core file size +1 ", limits);
    }

    [LinuxFact]
    public async Task WorkOnACopyThatNobodyWantsEnds()
    {
        using var hangUp = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => SnapshotRun.DoAsync(
            snapshot =>
            {
                hangUp.Cancel();
                while (true)
                {
                    snapshot.Patience.Check();
                }
            },
            hangUp.Token));
    }

    [LinuxFact]
    public async Task ADependentObjectLivesAsLongAsWhatItDependsOn()
    {
        var table = new ConditionalWeakTable<object, Attached>();
        object key = new();
        Attach(table, key);
        (ulong All, ulong Live) attached = default;

        await SnapshotRun.DoAsync(snapshot =>
        {
            snapshot.Mark(paths: false);
            attached = SnapshotRun.Of(snapshot, typeof(Attached));
        });

        // The others' keys are held by nothing, but for what is left of one on a stack.
        Assert.InRange(attached.Live, 1UL, 1 + (Unkeyed / 2));
        GC.KeepAlive(key);
        GC.KeepAlive(table);
    }

    [LinuxFact]
    public async Task NobodyWaitsForACopyThatNobodyWants()
    {
        using var hangUp = new CancellationTokenSource();
        int processId = 0;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => SnapshotRun.DoAsync(
            snapshot =>
            {
                processId = snapshot.ProcessId;
                hangUp.Cancel();
                snapshot.Mark(paths: true);
            },
            hangUp.Token));

        Assert.NotEqual(0, processId);
        Assert.False(Directory.Exists($"/proc/{processId}"));
    }

    [LinuxFact]
    public async Task ACopyThatNeedsTooMuchMemoryIsRefused()
    {
        LiveHeapSource.MemoryLimit.Set(4096);
        SnapshotException refusal = await Assert.ThrowsAsync<SnapshotException>(
            () => Snapshots.RunAsync(static snapshot => snapshot.Mark(paths: false), CancellationToken.None));

        Assert.Contains("SnapshotMemoryLimit", refusal.Message, StringComparison.Ordinal);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Attach(ConditionalWeakTable<object, Attached> table, object key)
    {
        table.Add(key, new Attached());
        for (ulong i = 0; i < Unkeyed; i++)
        {
            table.Add(new object(), new Attached());
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static object NewPlugin()
    {
        TypeBuilder type = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("Plugin"), AssemblyBuilderAccess.RunAndCollect)
            .DefineDynamicModule("Plugin")
            .DefineType("Plugin", TypeAttributes.Public);
        type.DefineField("Cache", typeof(object), FieldAttributes.Public | FieldAttributes.Static);
        type.DefineDefaultConstructor(MethodAttributes.Public);
        Type created = type.CreateType();
        created.GetField("Cache")!.SetValue(null, Enumerable.Range(0, Behind).Select(static _ => new Cached()).ToArray());
        return Activator.CreateInstance(created)!;
    }

    // Of several sizes: how much more a thread gets than it asks for depends on the collector.
    private static void StandBehindArrays(ref bool isAllocated, ref bool isDone)
    {
        for (int i = 0; i < 10; i++)
        {
            s_arrays[i] = new byte[20_000 + (i * 1_000)];
        }

        Volatile.Write(ref isAllocated, true);
        while (!Volatile.Read(ref isDone))
        {
            Thread.Sleep(1);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Fill()
    {
        s_kept.Clear();
        for (int i = 0; i < Count; i++)
        {
            s_kept.Add(new Kept { Other = i == 0 ? null : s_kept[i - 1] });
            s_latest = new Dropped();
        }

        s_latest = null;
    }

    private sealed class Kept
    {
        public Kept? Other { get; init; }
    }

    private sealed class Dropped;

    private sealed class Attached;

    private sealed class Cached;

    [InlineArray(32)]
    private struct Slots
    {
        private object? _first;
    }

    /// <summary>Each of its references is at a place of its own.</summary>
    private abstract class Branching
    {
        protected Branching(Func<object> grow)
        {
            Slots slots = default;
            foreach (ref object? slot in slots)
            {
                slot = grow();
            }

            All = slots;
        }

        public Slots All { get; }
    }

    private sealed class Tree() : Branching(static () => new Branch());

    private sealed class Branch() : Branching(static () => new Twig());

    private sealed class Twig() : Branching(static () => new Stalk());

    private sealed class Stalk() : Branching(static () => new Leaf());

    private sealed class Leaf;

    /// <summary>The copy as another library reads it.</summary>
    private sealed class CopyReader(HeapSnapshot snapshot) : IDataReader
    {
        public string DisplayName => "copy";

        public bool IsThreadSafe => false;

        public OSPlatform TargetPlatform => OSPlatform.Linux;

        public Architecture Architecture => RuntimeInformation.ProcessArchitecture;

        public int ProcessId => snapshot.ProcessId;

        public int PointerSize => nint.Size;

        public IEnumerable<ModuleInfo> EnumerateModules()
        {
            HashSet<string> seen = [];
            foreach (string line in File.ReadLines("/proc/self/maps"))
            {
                int path = line.IndexOf('/', StringComparison.Ordinal);
                if (path >= 0 && line.EndsWith("libcoreclr.so", StringComparison.Ordinal) && seen.Add(line[path..])
                    && ModuleInfo.TryCreate(this, Convert.ToUInt64(line[..line.IndexOf('-', StringComparison.Ordinal)], 16), line[path..]) is { } module)
                {
                    yield return module;
                }
            }
        }

        public int Read(ulong address, Span<byte> buffer) => snapshot.Memory.Read(address, buffer);

        public bool Read<T>(ulong address, out T value)
            where T : unmanaged
        {
            value = default;
            return Read(address, MemoryMarshal.AsBytes(new Span<T>(ref value))) == Unsafe.SizeOf<T>();
        }

        public T Read<T>(ulong address)
            where T : unmanaged => snapshot.Memory.Read<T>(address);

        public bool ReadPointer(ulong address, out ulong value) => Read(address, out value);

        public ulong ReadPointer(ulong address) => Read<ulong>(address);

        public bool GetThreadContext(uint threadID, uint contextFlags, Span<byte> context) => false;

        public void FlushCachedData()
        {
        }
    }
}
