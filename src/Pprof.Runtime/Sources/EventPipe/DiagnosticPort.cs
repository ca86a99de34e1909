using System.Globalization;
using Microsoft.Diagnostics.NETCore.Client;

namespace Pprof.Sources.EventPipe;

/// <summary>The port through which a process asks its own runtime for events.</summary>
internal static class DiagnosticPort
{
    private static readonly string[] s_switches = ["EnableDiagnostics", "EnableDiagnostics_IPC"];
    private static int s_kept;

    /// <summary>Why the port is not there, and what opens it; null when it is there.</summary>
    public static string? UnsupportedReason => ReasonFor(Environment.GetEnvironmentVariable, Exists(), static () => DiagnosticSocket.ListeningPath);

    internal static string? ReasonFor(Func<string, string?> variable, bool exists, Func<string?> listening)
    {
        foreach (string name in s_switches)
        {
            foreach (string prefix in (ReadOnlySpan<string>)["DOTNET_", "COMPlus_"])
            {
                if (int.TryParse(variable(prefix + name), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out int value) && value == 0)
                {
                    return $"the runtime's diagnostic port is closed by {prefix}{name}=0; remove it and restart (to keep"
                        + " only debuggers out, set DOTNET_EnableDiagnostics_Debugger=0 instead; DOTNET_EnableDiagnostics_Profiler=0 keeps out"
                        + " profilers, without which heap and allocs are sampled only while seconds= is answered)";
                }
            }
        }

        return exists ? null
            : listening() is { } removed
            ? $"the socket of the runtime's diagnostic port, {removed}, has been removed while the service runs; restart the service, and have"
                + " whatever cleans that directory leave out dotnet-diagnostic-*"
            : $"the runtime could not open its diagnostic port in {Path.GetTempPath()}; make that directory writable, or set TMPDIR to one that is, and restart";
    }

    /// <summary>
    /// Makes sure of the port before anybody needs it: once it is known, it is found though its socket is removed. Returns at
    /// once: the application is starting.
    /// </summary>
    public static void Keep()
    {
        if (OperatingSystem.IsLinux() && Interlocked.Exchange(ref s_kept, 1) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static _ => TryFind(), null);
        }
    }

    private static void TryFind()
    {
        try
        {
            _ = DiagnosticSocket.Own.ConnectablePath;
        }
        catch (Exception)
        {
            // Who needs the port looks again, and says what is wrong.
        }
    }

    /// <summary>
    /// The client of this process's own port. By the id of the process alone it could be that of another: containers that
    /// share a directory for temporary files, as they do for monitoring tools, have processes of the same id in it.
    /// </summary>
    /// <exception cref="IOException">The port is not there.</exception>
    public static DiagnosticsClient Client()
    {
        if (!OperatingSystem.IsLinux() || DiagnosticSocket.Own.ConnectablePath is not { } socket)
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

        if (OperatingSystem.IsLinux())
        {
            return DiagnosticSocket.Own.ConnectablePath is not null;
        }

        try
        {
            return Directory.EnumerateFiles(Path.GetTempPath(), $"dotnet-diagnostic-{Environment.ProcessId}-*-socket").Any();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
