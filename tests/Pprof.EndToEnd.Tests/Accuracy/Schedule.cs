namespace Pprof.EndToEnd.Tests.Accuracy;

/// <summary>The work of tests/Pprof.Workloads/Schedule.cs, of which every step is known.</summary>
internal static class Schedule
{
    /// <summary>The asynchronous methods that it suspends, each of which one calls the next.</summary>
    public static readonly string[] Chain = ["RunFirstAsync", "RunSecondAsync", "RunThirdAsync", "RunFourthAsync"];

    /// <summary>One that waits for a time.</summary>
    public const string Delay = "RunDelayAsync";

    /// <summary>The threads across which the chain goes.</summary>
    public const int ChainThreads = 3;

    /// <summary>What is thrown in it.</summary>
    public const string Thrown = "System.InvalidOperationException: the schedule says so";

    /// <summary>The method that throws it.</summary>
    public const string Throws = "Pprof.Workloads.Schedule.Fail";

    /// <summary>All that a trace can have.</summary>
    public const string Query = "seconds=4&content=gc,requests,work,waits,exceptions,cpu,jit,async";

    /// <summary>How long it may take, so that all of it is in the trace.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(3.5);

    // An item takes 5 ms, and its thread may have no processor between what it times and what is traced.
    private const double MaxShareOff = 0.05;

    /// <summary>How a time that was traced is not what the work timed itself, within 5 %; null where it is.</summary>
    public static string? Off(string what, long truth, long traced) =>
        IsRight(truth, traced) ? null : $"{what}: {traced / 1e6:F2} ms instead of {truth / 1e6:F2}";

    /// <summary>The same of many times, of which one in twenty may be off.</summary>
    public static string? Off(string what, IReadOnlyCollection<(long Truth, long Traced)> times)
    {
        (long Truth, long Traced)[] off = [.. times.Where(static time => !IsRight(time.Truth, time.Traced))];
        return off.Length <= times.Count * MaxShareOff
            ? Off(what, times.Sum(static time => time.Truth), times.Sum(static time => time.Traced))
            : $"{off.Length} of {times.Count} {what}, one of them: {Off(what, off[0].Truth, off[0].Traced)}";
    }

    /// <summary>
    /// The same of what begins before and ends after what times itself: most often it takes no longer, but its thread can have no
    /// processor in between.
    /// </summary>
    public static string? OffAround(string what, IEnumerable<(long Truth, long Traced)> times)
    {
        (long Truth, long Traced)[] ordered = [.. times.OrderBy(static time => (double)time.Traced / time.Truth)];
        (long truth, long traced) = ordered[ordered.Length / 2];
        return Off("the median of " + what, truth, traced);
    }

    private static bool IsRight(long truth, long traced) => Math.Abs(traced - truth) <= truth * 0.05;
}
