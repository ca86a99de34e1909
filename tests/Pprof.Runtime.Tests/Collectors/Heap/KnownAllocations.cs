using System.Runtime.CompilerServices;

namespace Pprof.Runtime.Tests.Collectors.Heap;

/// <summary>Methods that allocate one object each, of a size that is known, here and in the NativeAOT program.</summary>
internal static class KnownAllocations
{
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
