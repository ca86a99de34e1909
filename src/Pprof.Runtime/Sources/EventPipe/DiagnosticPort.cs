using System.Globalization;

namespace Pprof.Sources.EventPipe;

/// <summary>The port through which a process asks its own runtime for events.</summary>
internal static class DiagnosticPort
{
    private static readonly string[] s_switches = ["EnableDiagnostics", "EnableDiagnostics_IPC"];

    private static bool s_found;

    /// <summary>Why the port is not there, and what opens it; null when it is there.</summary>
    public static string? UnsupportedReason => ReasonFor(Environment.GetEnvironmentVariable, Exists());

    internal static string? ReasonFor(Func<string, string?> variable, bool exists)
    {
        foreach (string name in s_switches)
        {
            foreach (string prefix in (ReadOnlySpan<string>)["DOTNET_", "COMPlus_"])
            {
                if (int.TryParse(variable(prefix + name), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out int value) && value == 0)
                {
                    return $"the runtime's diagnostic port is closed by {prefix}{name}=0; remove it and restart (to keep only"
                        + " debuggers and profilers out, set DOTNET_EnableDiagnostics_Debugger=0 and DOTNET_EnableDiagnostics_Profiler=0 instead)";
                }
            }
        }

        return exists
            ? null
            : $"the runtime could not open its diagnostic port in {Path.GetTempPath()}; make that directory writable, or set TMPDIR to one that is, and restart";
    }

    private static bool Exists()
    {
        // On Windows it is a named pipe, which needs no directory.
        if (s_found || OperatingSystem.IsWindows())
        {
            return true;
        }

        try
        {
            return s_found = Directory.EnumerateFiles(Path.GetTempPath(), $"dotnet-diagnostic-{Environment.ProcessId}-*-socket").Any();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
