namespace Pprof.Testing;

/// <summary>What a command printed, standard output and standard error apart.</summary>
internal sealed record ProcessResult(string Command, int ExitCode, string Output, string Error)
{
    /// <summary>This result, if the command succeeded.</summary>
    /// <exception cref="InvalidOperationException">It did not.</exception>
    public ProcessResult Succeeded() => ExitCode == 0
        ? this
        : throw new InvalidOperationException($"{Command}\nended with exit code {ExitCode}.\n{Output}\n{Error}");
}
