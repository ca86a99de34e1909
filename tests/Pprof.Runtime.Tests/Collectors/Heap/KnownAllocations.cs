using System.Runtime.CompilerServices;

namespace Pprof.Runtime.Tests.Collectors.Heap;

/// <summary>Methods that allocate one object each, of a size that is known, here and in the NativeAOT program.</summary>
internal static class KnownAllocations
{
    private static readonly ConditionalWeakTable<object, object> s_attached = [];
    private static object? s_sink;

    /// <summary>
    /// What <see cref="AllocateEveryKind"/> does: the method, the end of the type's name, in how many rounds there is one, and
    /// its bytes.
    /// </summary>
    public static IReadOnlyList<(string Method, string Type, int Rounds, long Size)> EveryKind { get; } =
    [
        (nameof(NewSmall), nameof(Small), 1, 32),
        (nameof(NewFinalizable), nameof(Finalizable), 1, 24),
        (nameof(NewArray), "byte[]", 1, 1000),
        (nameof(NewString), "string", 1, 224),
        (nameof(NewBox), "long", 1, 24),
        (nameof(NewStructs), nameof(Point) + "[]", 1, 24 + (50 * 24)),
        (nameof(NewLarge), "byte[]", 100, 200_024),
        (nameof(NewPinned), "byte[]", 10, 5024),
        (nameof(NewKey), "byte[]", 20, 2024),
    ];

    /// <summary>Allocates objects of all kinds in turn.</summary>
    public static void AllocateEveryKind(int rounds)
    {
        for (int i = 0; i < rounds; i++)
        {
            s_sink = NewSmall();
            s_sink = NewFinalizable();
            s_sink = NewArray(976);
            s_sink = NewString();
            s_sink = NewBox(i);
            s_sink = NewStructs();
            if (i % 100 == 0)
            {
                s_sink = NewLarge();
            }

            if (i % 10 == 0)
            {
                s_sink = NewPinned();
            }

            if (i % 20 == 0)
            {
                s_attached.Add(NewKey(), s_sink);
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static object NewArray(int length) => new byte[length];

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static object NewKept() => new byte[976];

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static object NewDropped() => new byte[976];

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static object NewSmall() => new Small();

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static object NewFinalizable() => new Finalizable();

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static object NewString() => new string('x', 100);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static object NewBox(long value) => value;

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static object NewStructs() => new Point[50];

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static object NewLarge() => new byte[200_000];

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static object NewPinned() => GC.AllocateUninitializedArray<byte>(5_000, pinned: true);

    /// <summary>A key of a table that keeps its values only as long as their keys.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static object NewKey() => new byte[2_000];

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static object NewHuge() => new byte[2_000_000];

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static object Wrapper() => NewSmall();

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static object Outer() => Wrapper();

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int Recurse(int depth, int count)
    {
        if (depth > 0)
        {
            return Recurse(depth - 1, count) + 1;
        }

        object? last = null;
        for (int i = 0; i < count; i++)
        {
            last = NewArray(976);
        }

        GC.KeepAlive(last);
        return 0;
    }

    public sealed class Small
    {
        public long First { get; set; }

        public long Second { get; set; }
    }

    public sealed class Finalizable
    {
        public long Value { get; set; }

        ~Finalizable() => Value = 1;
    }

    public struct Point
    {
        public double X { get; set; }

        public double Y { get; set; }

        public double Z { get; set; }
    }
}
