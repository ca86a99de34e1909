using Xunit;

namespace Pprof.Runtime.Tests;

/// <summary>The open files of this process, as <c>/proc/self/fd</c> shows them.</summary>
internal static class OpenFiles
{
    /// <summary>How many there are of those paths that <paramref name="isWanted"/> takes.</summary>
    public static int Count(Func<string, bool> isWanted) =>
        Directory.GetFiles("/proc/self/fd").Count(file =>
        {
            try
            {
                return new FileInfo(file).LinkTarget is { } path && isWanted(path);
            }
            catch (IOException)
            {
                // Closed in the meantime.
                return false;
            }
        });

    /// <summary>How many of <c>/proc</c>: sockets and files of tests beside this one do not count.</summary>
    public static int CountOfProc() => Count(static path => path.StartsWith("/proc/", StringComparison.Ordinal));

    /// <summary>
    /// Waits until there are no more of <c>/proc</c> than <paramref name="limit"/>: tests beside this one may have some for a
    /// moment, and what was left open stays.
    /// </summary>
    public static void AssertOfProc(int limit)
    {
        int count = 0;
        Assert.True(SpinWait.SpinUntil(() => (count = CountOfProc()) <= limit, TimeSpan.FromMinutes(1)), $"{count} open, {limit} at most");
    }
}
