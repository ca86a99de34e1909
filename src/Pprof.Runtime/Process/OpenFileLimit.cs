namespace Pprof.Process;

/// <summary>How many files the process can have open at a time (RLIMIT_NOFILE, getrlimit(2)).</summary>
internal static unsafe class OpenFileLimit
{
    private const int NumberOfFiles = 7;

    // What it is unless somebody has set it.
    private const long Usual = 1024;

    /// <summary>The limit as it is now.</summary>
    public static long Current
    {
        get
        {
            // That which holds, and that up to which the process may raise it.
            ulong* limits = stackalloc ulong[2];
            return Libc.Call(SystemCall.ResourceLimit, 0, NumberOfFiles, 0, (nint)limits, 0) == 0 ? (long)Math.Min(limits[0], long.MaxValue) : Usual;
        }
    }
}
