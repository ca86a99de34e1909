using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using Pprof.Collectors;
using Pprof.Encoding.Text;
using Pprof.Profiles;
using Pprof.Runtime.Tests.Collectors.Waits;
using Pprof.Runtime.Tests.Sources.Snapshot;
using Pprof.Sources.Snapshot;
using Pprof.Symbols;
using Xunit;

namespace Pprof.Runtime.Tests.Collectors.Heap;

/// <summary>What is alive by type, and what became more, against objects that the tests hold: in each way in which the heap is looked at.</summary>
[Collection(nameof(SnapshotCollection))]
public sealed class LiveHeapTests : IDisposable
{
    private const int Count = 3_000;

    private static readonly Dictionary<int, Entry> s_cache = [];
    private static object? s_holder;

    private static event EventHandler? Changed;

    public void Dispose()
    {
        LiveHeapSource.EventLimit.Set(PprofOptions.DefaultSnapshotEventLimit);
        s_cache.Clear();
        s_holder = null;
        Changed = null;
    }

    [Theory]
    [HeapWays]
    public void EveryTypeIsThereWithItsObjectsAndBytes(HeapWay way)
    {
        // Of types that no other test has objects of, nor this one in the other way, which might be left on a stack.
        if (way == HeapWay.Copy)
        {
            AssertIsThere<ByCopy>(way);
        }
        else
        {
            AssertIsThere<ByEvents>(way);
        }
    }

    /// <summary>What reflection has no definition of, and what was made at run time.</summary>
    [Theory]
    [HeapWays]
    public unsafe void TypesOfEveryKindHaveTheirNames(HeapWay way)
    {
        // Others than in the other way, which may have left one on a stack.
        bool isCopy = way == HeapWay.Copy;
        HeapLook.OnThread(() => s_holder = isCopy
            ? new object[] { new int*[Count], new Odd**[Count][], NewThings("Kept" + way) }
            : new object[] { new long*[Count], new Pointed**[Count][], NewThings("Kept" + way) });

        List<NamedSample> samples = NamedSample.Of(HeapLook.Types(way));

        Assert.Equal([1, 24 + (8L * Count)], HeapLook.Of(samples, isCopy ? "int*[]" : "long*[]").Values);
        Assert.Equal([1, 24 + (8L * Count)], Held(samples, (isCopy ? nameof(Odd) : nameof(Pointed)) + "**[][]").Values);
        Assert.Equal([1, 24 + (8L * Count)], HeapLook.Of(samples, $"Kept{way}.Thing[]").Values);
    }

    /// <summary>
    /// Types within each other double the name at each level: of this one it would have 200 million characters, which nobody is
    /// to write down while the process is stopped.
    /// </summary>
    [Theory]
    [HeapWays]
    public void ATypeOfAVeryLongNameStandsForItself(HeapWay way)
    {
        Type type = typeof(Pair<int, int>);
        for (int i = 0; i < 20; i++)
        {
            type = typeof(Pair<,>).MakeGenericType(type, type);
        }

        s_holder = Activator.CreateInstance(type);

        List<NamedSample> samples = HeapLook.Retained(way);

        // Else the runtime, where another has it tell of its heap, would write the name in full.
        s_holder = null;

        // Where other tests have left very many ways, [rare stacks] stands between the two.
        NamedSample sample = Assert.Single(samples, sample => sample.Stack[^1].EndsWith(StaticField(way, nameof(s_holder)), StringComparison.Ordinal));
        Assert.Contains($".{nameof(LiveHeapTests)}.Pair<", sample.Stack[0], StringComparison.Ordinal);
        Assert.InRange(sample.Stack[0].Length, 500, 1_001);
    }

    [Theory]
    [HeapWays]
    public async Task ADifferenceIsWhatGrew(HeapWay way)
    {
        Fill(Count);
        await using ProfileWindow window = await HeapLook.With(way, paths: true).BeginWindowAsync(CancellationToken.None);
        Profile before = window.Snapshot(Shapes.LiveHeap);
        Fill(2 * Count);

        List<NamedSample> grown = NamedSample.Of(ProfileDelta.Between(before, window.Snapshot(Shapes.LiveHeap)));

        // What is left on a stack may hold those of another test, more of them now than before.
        Assert.Equal(Count, grown
            .Where(sample => IsOf(sample, nameof(Payload) + "[]") && sample.Stack[^1].EndsWith(StaticField(way, nameof(s_cache)), StringComparison.Ordinal))
            .Sum(static sample => sample.Values[0]));
    }

    [Theory]
    [HeapWays]
    public void AnEventThatNobodyLeavesIsAmongTheFirst(HeapWay way)
    {
        for (int i = 0; i < Count; i++)
        {
            Changed += new Listener().On;
        }

        string[] rows = Text(HeapLook.With(way, paths: true).Snapshot()).Split("\n\n")[..5];

        Assert.Contains(rows, row => row.Contains(StaticField(way, nameof(Changed)), StringComparison.Ordinal) && row.Contains(nameof(Listener), StringComparison.Ordinal));
    }

    private static void AssertIsThere<TWay>(HeapWay way)
    {
        HeapLook.OnThread(static () => s_holder = new object[]
        {
            Enumerable.Range(0, Count).Select(static number => new Counted<TWay>(new Part<TWay>[10]) { Number = number }).ToArray(),
            new Odd[10, 41],
            new Dictionary<Odd, Counted<TWay>>(),
        });

        List<NamedSample> samples = NamedSample.Of(HeapLook.Types(way));

        string here = typeof(LiveHeapTests).FullName!;
        string of = $"<{here}.{typeof(TWay).Name}>";
        Assert.Equal([Count, Count * 32L], Held(samples, nameof(Counted<TWay>) + of).Values);
        Assert.Equal([Count, Count * (24 + (16 * 10L))], Held(samples, nameof(Part<TWay>) + of + "[]").Values);
        Assert.Equal([1, 864], Held(samples, nameof(Odd) + "[,]").Values);
        Assert.Contains(samples, sample => sample.Stack[0] == $"System.Collections.Generic.Dictionary<{here}.{nameof(Odd)}, {here}.{nameof(Counted<TWay>)}{of}>");
        Assert.Contains(samples, static sample => sample.Stack[0] == "string");
    }

    private static string StaticField(HeapWay way, string field) => HeapLook.StaticField(way, nameof(LiveHeapTests), field);

    private static NamedSample Held(List<NamedSample> samples, string type) => HeapLook.Of(samples, $"{nameof(LiveHeapTests)}.{type}");

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

    private static Array NewThings(string assembly)
    {
        Type type = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName(assembly), AssemblyBuilderAccess.Run)
            .DefineDynamicModule(assembly).DefineType(assembly + ".Thing", TypeAttributes.Public).CreateType();
        var things = Array.CreateInstance(type, Count);
        for (int i = 0; i < Count; i++)
        {
            things.SetValue(Activator.CreateInstance(type), i);
        }

        return things;
    }

    private sealed record Entry(Payload[] Payloads)
    {
        public long Number { get; set; }
    }

    private sealed class ByCopy;

    private sealed class ByEvents;

    private sealed record Counted<TWay>(Part<TWay>[] Parts)
    {
        public long Number { get; init; }
    }

    private readonly record struct Part<TWay>(object? Value, long Number);

    private readonly record struct Payload(object? Value, long Number);

    private readonly record struct Odd(short Number);

    private readonly record struct Pointed(short Number);

    private sealed class Pair<TFirst, TSecond>;

    private sealed class Listener
    {
        private readonly byte[] _data = new byte[10_000];

        public void On(object? sender, EventArgs e) => GC.KeepAlive(_data);
    }
}
