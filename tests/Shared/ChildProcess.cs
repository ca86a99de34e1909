using System.Diagnostics;

namespace Pprof.Testing;

/// <summary>Starts commands.</summary>
internal static class ChildProcess
{
    /// <summary>Runs a command to its end.</summary>
    /// <exception cref="TimeoutException">It did not end; it was killed.</exception>
    public static async Task<ProcessResult> RunAsync(
        string file,
        IEnumerable<string> arguments,
        string? folder = null,
        IReadOnlyDictionary<string, string>? environment = null,
        int timeoutMinutes = 3,
        ProcessPriorityClass priority = ProcessPriorityClass.Normal)
    {
        ProcessStartInfo start = Describe(file, arguments, folder, environment);
        string command = $"{file} {string.Join(' ', start.ArgumentList)}";
        using var process = System.Diagnostics.Process.Start(start)!;
        if (priority != ProcessPriorityClass.Normal)
            process.PriorityClass = priority;

        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        try
        {
            await Task.WhenAll(process.WaitForExitAsync(), output, error).WaitAsync(TimeSpan.FromMinutes(timeoutMinutes));
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{command}\ndid not end within {timeoutMinutes} minutes.");
        }

        return new ProcessResult(command, process.ExitCode, await output, await error);
    }

    /// <summary>How a command is started: no shell, output redirected, nothing inherited from the build around the tests.</summary>
    public static ProcessStartInfo Describe(
        string file, IEnumerable<string> arguments, string? folder, IReadOnlyDictionary<string, string>? environment)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = folder ?? Repository.Root,
        };

        // A build inside of `dotnet test` must not take the outer build's settings for its own.
        foreach (string name in start.Environment.Keys.Where(IsOfTheOuterBuild).ToArray())
            start.Environment.Remove(name);

        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;

        return start;
    }

    private static bool IsOfTheOuterBuild(string name) =>
        name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase) ||
        name.StartsWith("VSTEST", StringComparison.OrdinalIgnoreCase) ||
        name.StartsWith("COVERLET", StringComparison.OrdinalIgnoreCase);
}
