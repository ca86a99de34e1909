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
}
