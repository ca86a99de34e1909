using System.Runtime.CompilerServices;

namespace Pprof.Workloads;

/// <summary>
/// Exceptions that the processor raises and the runtime turns into managed ones, in its own signal handlers: a sample may
/// be taken in the middle of them.
/// </summary>
internal static class FaultWork
{
    private static int s_sink;

    /// <summary>Each kind of them alone, and all mixed.</summary>
    public static Action[] Kinds { get; } =
        [RunOne, CatchNullReferences, CatchDivisions, CatchByFilter, CatchAfterFinally, CatchNested, CatchFromDeep];

    /// <summary>A null reference is followed, read and written; a number is divided by zero, and to one too large.</summary>
    public static void RunOne()
    {
        long at = Section.Now();
        int caught = 0;
        for (int i = 0; i < 100; i++)
        {
            try
            {
                s_sink += (i % 10) switch
                {
                    0 => Divide(i, 0),
                    1 => Divide(int.MinValue, -1),
                    2 => Assign(null!),
                    3 => Finally(null!),
                    _ => Follow(null!),
                };
            }
            catch (Exception e) when (IsExpected(e))
            {
                caught++;
            }
        }

        Section.Add(nameof(RunOne), at);
        if (caught != 100)
            throw new InvalidOperationException($"{caught} of 100 faults were caught");
    }

    /// <summary>A null reference is followed, and the nearest caller catches what comes of it.</summary>
    public static void CatchNullReferences()
    {
        long at = Section.Now();
        for (int i = 0; i < 100; i++)
        {
            try
            {
                s_sink += Follow(null!);
            }
            catch (NullReferenceException)
            {
                s_sink++;
            }
        }

        Section.Add(nameof(CatchNullReferences), at);
    }

    /// <summary>A number is divided by zero.</summary>
    public static void CatchDivisions()
    {
        long at = Section.Now();
        for (int i = 0; i < 100; i++)
        {
            try
            {
                s_sink += Divide(i, 0);
            }
            catch (DivideByZeroException)
            {
                s_sink++;
            }
        }

        Section.Add(nameof(CatchDivisions), at);
    }

    /// <summary>Filters look at the exception before a method is left: one says no, the next yes.</summary>
    public static void CatchByFilter()
    {
        long at = Section.Now();
        for (int i = 0; i < 100; i++)
        {
            try
            {
                s_sink += FollowUnless(null!, i);
            }
            catch (NullReferenceException) when (Work(i))
            {
                s_sink++;
            }
        }

        Section.Add(nameof(CatchByFilter), at);
    }

    /// <summary>What is done finally, in the second pass, takes its time.</summary>
    public static void CatchAfterFinally()
    {
        long at = Section.Now();
        for (int i = 0; i < 100; i++)
        {
            try
            {
                s_sink += FollowAndFinally(null!, i);
            }
            catch (NullReferenceException)
            {
                s_sink++;
            }
        }

        Section.Add(nameof(CatchAfterFinally), at);
    }

    /// <summary>Faults while another is being handled: where it was caught, in a filter, and in what is done finally.</summary>
    public static void CatchNested()
    {
        long at = Section.Now();
        for (int i = 0; i < 100; i++)
        {
            try
            {
                s_sink += FollowAndFaultFinally(null!, i);
            }
            catch (Exception e) when (FaultsInFilter(e))
            {
                try
                {
                    s_sink += Divide(i, 0);
                }
                catch (DivideByZeroException)
                {
                    s_sink++;
                }
            }
        }

        Section.Add(nameof(CatchNested), at);
    }

    /// <summary>Many methods are between the fault and who catches it; three of them catch and throw again.</summary>
    public static void CatchFromDeep()
    {
        long at = Section.Now();
        for (int i = 0; i < 100; i++)
        {
            try
            {
                s_sink += Descend(null!, 30);
            }
            catch (NullReferenceException)
            {
                s_sink++;
            }
        }

        Section.Add(nameof(CatchFromDeep), at);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Follow(int[] numbers) => numbers.Length;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int FollowUnless(int[] numbers, int start)
    {
        try
        {
            return Follow(numbers);
        }
        catch (NullReferenceException) when (!Work(start))
        {
            return 0;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int FollowAndFinally(int[] numbers, int start)
    {
        try
        {
            return Follow(numbers);
        }
        finally
        {
            Work(start);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int FollowAndFaultFinally(int[] numbers, int start)
    {
        try
        {
            return Follow(numbers);
        }
        finally
        {
            try
            {
                s_sink += Divide(start, 0);
            }
            catch (DivideByZeroException)
            {
                s_sink++;
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool FaultsInFilter(Exception exception)
    {
        try
        {
            return Follow(null!) < 0;
        }
        catch (NullReferenceException)
        {
            return IsExpected(exception);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Descend(int[] numbers, int depth)
    {
        if (depth == 0)
            return Follow(numbers);

        if (depth % 10 != 0)
            return Descend(numbers, depth - 1) + 1;

        try
        {
            return Descend(numbers, depth - 1) + 1;
        }
        catch (NullReferenceException)
        {
            s_sink++;
            throw;
        }
    }

    // Some microseconds, about as long as the runtime takes for an exception.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool Work(int start)
    {
        uint x = (uint)start;
        for (int i = 0; i < 5000; i++)
            x = (x * 1664525) + 1013904223;

        s_sink += (int)x;
        return x != 1;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool IsExpected(Exception exception) => exception is NullReferenceException or ArithmeticException;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Finally(int[] numbers)
    {
        try
        {
            return Follow(numbers);
        }
        finally
        {
            s_sink++;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Assign(int[] numbers) => numbers[2] = 1;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Divide(int dividend, int divisor) => dividend / divisor;
}
