using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Diagnostics.Runtime;
using Pprof.Sources.Snapshot;
using Xunit;
using Xunit.Abstractions;

namespace Pprof.Runtime.Tests.Sources.Snapshot;

/// <summary>A copy of the process that runs the tests, against what the tests know of its heap.</summary>
[Collection(nameof(SnapshotCollection))]
public sealed class HeapSnapshotTests(ITestOutputHelper output)
{
    private const int Count = 50_000;

    private static readonly List<Kept> s_kept = [];
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

        Assert.Equal((ulong)Count, kept.Live);
        Assert.InRange(dropped.All, 1UL, (ulong)Count);

        // The stack may have the last one.
        Assert.InRange(dropped.Live, 0UL, 2UL);
        s_kept.Clear();
    }

    /// <summary>An independent reader of the same copy finds the same objects of every type.</summary>
    [LinuxFact]
    public async Task TheCountsAreThoseOfAnotherReaderOfTheSameMemory()
    {
        Fill();
        Dictionary<ulong, ulong> ours = [];
        Dictionary<ulong, ulong> theirs = [];

        await SnapshotRun.DoAsync(snapshot =>
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
                CollectionsMarshal.GetValueRefOrAddDefault(theirs, found.Type!.MethodTable, out _)++;
            }
        });

        Assert.InRange(theirs.Count, 200, int.MaxValue);
        Assert.Equal(theirs.OrderBy(static type => type.Key), ours.OrderBy(static type => type.Key));
        s_kept.Clear();
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

        // The other's key is held by nothing.
        Assert.Equal(1UL, attached.Live);
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
        table.Add(new object(), new Attached());
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
