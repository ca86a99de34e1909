using System.Globalization;
using Microsoft.Diagnostics.NETCore.Client;

namespace Pprof.Sources.EventPipe;

/// <summary>The port through which a process asks its own runtime for events.</summary>
internal static class DiagnosticPort
{
    private static readonly string[] s_switches = ["EnableDiagnostics", "EnableDiagnostics_IPC"];

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

    /// <summary>
    /// The client of this process's own port. By the id of the process alone it could be that of another: containers that
    /// share a directory for temporary files, as they do for monitoring tools, have processes of the same id in it.
    /// </summary>
    /// <exception cref="IOException">The port is not there.</exception>
    public static DiagnosticsClient Client()
    {
        if (OwnSocket() is not { } socket)
        {
            return new DiagnosticsClient(Environment.ProcessId);
        }

        // In this direction nothing is waited for: the socket is looked for when the client is used.
        return DiagnosticsClientConnector.FromDiagnosticPort(socket + ",connect", CancellationToken.None).GetAwaiter().GetResult().Instance;
    }

    private static bool Exists()
    {
        // On Windows it is a named pipe, which needs no directory.
        if (OperatingSystem.IsWindows())
        {
            return true;
        }

        try
        {
            return OwnSocket() is { } socket
                ? File.Exists(socket)
                : Directory.EnumerateFiles(Path.GetTempPath(), $"dotnet-diagnostic-{Environment.ProcessId}-*-socket").Any();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>
    /// The path of the socket on Linux, which ends in the time at which the process was started (the field
    /// <c>starttime</c> of proc_pid_stat(5)); null elsewhere.
    /// </summary>
    private static string? OwnSocket()
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        try
        {
            // The second field, the name, may hold spaces and parentheses; start time is the 22nd.
            string stat = File.ReadAllText("/proc/self/stat");
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return Path.Combine(Path.GetTempPath(), $"dotnet-diagnostic-{Environment.ProcessId}-{fields[19]}-socket");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or IndexOutOfRangeException)
        {
            return null;
        }
    }
}
