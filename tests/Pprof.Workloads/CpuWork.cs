using System.Runtime.CompilerServices;

namespace Pprof.Workloads;

/// <summary>CPU time in managed methods. A section bears the name of the method that uses it.</summary>
internal static class CpuWork
{
    private static int s_sink;

    // Random lengths keep a workload from falling into step with the kernel's clock, at whose ticks samples are taken. The
    // lengths are tens of milliseconds because reading a thread's clock is where a busy kernel takes the core away: short sections
    // would hardly ever be running at a tick.
    private static int Times => Random.Shared.Next(10, 51);

    /// <summary>70, 20 and 10 parts of the same work in three methods.</summary>
    public static void Split()
    {
        long at = Section.Now();
        for (int i = Times; i > 0; i--)
            Seventy();

        at = Section.Add(nameof(Seventy), at);
        for (int i = Times; i > 0; i--)
            Twenty();

        at = Section.Add(nameof(Twenty), at);
        for (int i = Times; i > 0; i--)
            Ten();

        Section.Add(nameof(Ten), at);
    }

    /// <summary>
    /// A calls B calls Wrapper calls Probe, where Wrapper is so small that it has no frame; beside it the same work
    /// without a wrapper.
    /// </summary>
    public static void Wrapped()
    {
        long at = Section.Now();
        s_sink += A(1_000 * Times);
        at = Section.Add(nameof(A), at);
        s_sink += Direct(1_000 * Times);
        Section.Add(nameof(Direct), at);
    }

    /// <summary>Three parts in ten in the C library's mathematical functions, which have no frames.</summary>
    public static void Libm()
    {
        long at = Section.Now();
        for (int i = Times; i > 0; i--)
            s_sink += (int)Sines();

        at = Section.Add(nameof(Sines), at);
        for (int i = Times; i > 0; i--)
            s_sink += (int)Powers();

        at = Section.Add(nameof(Powers), at);
        for (int i = Times; i > 0; i--)
            Seventy();

        Section.Add(nameof(Seventy), at);
    }

    /// <summary>A recursion that is deeper than what one sample copies of a stack.</summary>
    public static void Deep()
    {
        long at = Section.Now();
        s_sink += Descend(400);
        Section.Add(nameof(Descend), at);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Seventy() => s_sink = Mix(2_100_000);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Twenty() => s_sink = Mix(600_000);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Ten() => s_sink = Mix(300_000);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Mix(int rounds)
    {
        int mixed = 1;
        for (int i = 0; i < rounds; i++)
            mixed += i ^ (mixed << 1);

        return mixed;
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static int A(int rounds)
    {
        int sum = B(rounds);
        return sum + B(rounds + 1);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static int B(int rounds)
    {
        int sum = 0;
        for (int i = 0; i < rounds; i++)
            sum += Wrapper(i);

        return sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static int Wrapper(int seed) => Probe(seed) + 1;

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static int Probe(int seed)
    {
        int mixed = seed;
        for (int i = 0; i < 1000; i++)
            mixed += i ^ (mixed << 1);

        return mixed;
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static int Direct(int rounds)
    {
        int sum = 0;
        for (int i = 0; i < rounds; i++)
            sum += Probe(i);

        return sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static double Sines()
    {
        double sum = 0;
        for (int i = 1; i < 40_000; i++)
            sum += Sine(i);

        return sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static double Sine(double x) => Math.Sin(x) + 1;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static double Powers()
    {
        double sum = 0;
        for (int i = 1; i < 25_000; i++)
            sum += Math.Pow(i, 0.37);

        return sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Descend(int depth)
    {
        Span<long> frame = stackalloc long[16];
        frame[depth & 15] = depth;
        int below = depth == 0 ? Mix(200_000) : Descend(depth - 1);
        return below + (int)frame[depth & 15];
    }
}
