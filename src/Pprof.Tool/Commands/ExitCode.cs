namespace Pprof.Tool.Commands;

/// <summary>What the process ends with.</summary>
internal static class ExitCode
{
    /// <summary>It was done.</summary>
    public const int Success = 0;

    /// <summary>It could not be done: standard error has a line that says why.</summary>
    public const int Failure = 1;

    /// <summary>The command line was not understood.</summary>
    public const int Usage = 2;

    /// <summary>It was ended by Ctrl+C, as shells have it: 128 and the number of the signal.</summary>
    public const int Interrupted = 130;

    /// <summary>It was ended by SIGTERM.</summary>
    public const int Terminated = 143;
}
