using System.Runtime.CompilerServices;

namespace Pprof.Workloads;

/// <summary>
/// Exceptions that the processor raises and the runtime turns into managed ones, in its own signal handlers: a sample may
/// be taken in the middle of them.
/// </summary>
internal static class FaultWork
{
    private static int s_sink;

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

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Follow(int[] numbers) => numbers.Length;

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
