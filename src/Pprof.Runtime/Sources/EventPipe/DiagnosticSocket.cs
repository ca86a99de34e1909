using System.Globalization;
using System.Runtime.InteropServices;

namespace Pprof.Sources.EventPipe;

/// <summary>
/// Linux: the socket on which this process's own runtime listens. Most often it lies where the runtime's rule has it, but a
/// process in a namespace of process ids that sees another's /proc reads somebody else's start time for its name, and a
/// cleaner of temporary files may have removed it. What the process itself has open tells.
/// </summary>
internal sealed partial class DiagnosticSocket
{
    private const string Prefix = "dotnet-diagnostic-";
    private const string Suffix = "-socket";

    // O_PATH | O_CLOEXEC of open(2), the same on x64 and Arm64.
    private const int PathOnly = 0x200000 | 0x80000;

    // __SO_ACCEPTCON in the flags of proc_net(5), unix: it listens.
    private const int Listens = 0x10000;

    private readonly string _directory;
    private readonly Lock _gate = new();
    private string? _held;

    /// <param name="directory">Where the runtime puts it.</param>
    public DiagnosticSocket(string directory) => _directory = directory;

    /// <summary>That of this process.</summary>
    public static DiagnosticSocket Own { get; } = new(Path.GetTempPath());

    /// <summary>
    /// A path to connect to; null where there is none any more. Once it was there, the socket is held: then it is found
    /// though it is removed.
    /// </summary>
    public string? ConnectablePath
    {
        get
        {
            lock (_gate)
            {
                // The application may have closed a descriptor that it does not know.
                if (_held is not { } held || LinkTarget(held)?.Contains(Prefix, StringComparison.Ordinal) != true)
                {
                    _held = held = Hold(ExpectedPath) ?? Hold(ListeningPath);
                }

                return held;
            }
        }
    }

    /// <summary>
    /// The path of a socket of the runtime's that this process listens on, as it was when the runtime made it; null where it
    /// listens on none, or it is not told.
    /// </summary>
    public static string? ListeningPath
    {
        get
        {
            try
            {
                // Num RefCount Protocol Flags Type St Inode Path
                foreach (string line in File.ReadLines("/proc/self/net/unix").Where(static line => line.Contains(Prefix, StringComparison.Ordinal)))
                {
                    string[] fields = line.Split(' ', 8, StringSplitOptions.RemoveEmptyEntries);
                    if (fields.Length == 8
                        && int.TryParse(fields[3], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out int flags) && (flags & Listens) != 0
                        && IsName(Path.GetFileName(fields[7]))
                        && IsOpen(fields[6]))
                    {
                        return fields[7];
                    }
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // No /proc.
            }

            return null;
        }
    }

    /// <summary>
    /// Where the runtime's rule has it: the name ends in the time at which the process was started (the field
    /// <c>starttime</c> of proc_pid_stat(5)).
    /// </summary>
    private string? ExpectedPath
    {
        get
        {
            try
            {
                // The second field, the name, may hold spaces and parentheses; start time is the 22nd.
                string stat = File.ReadAllText("/proc/self/stat");
                string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                return Path.Combine(_directory, $"{Prefix}{Environment.ProcessId}-{fields[19]}{Suffix}");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or IndexOutOfRangeException)
            {
                return null;
            }
        }
    }

    private static bool IsName(string name) =>
        name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(Suffix, StringComparison.Ordinal);

    private static bool IsOpen(string inode)
    {
        string target = $"socket:[{inode}]";
        foreach (string descriptor in Directory.EnumerateFiles("/proc/self/fd"))
        {
            if (LinkTarget(descriptor) == target)
            {
                return true;
            }
        }

        return false;
    }

    private static string? LinkTarget(string descriptor)
    {
        try
        {
            return new FileInfo(descriptor).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Closed meanwhile, or no /proc.
            return null;
        }
    }

    /// <summary>
    /// Keeps the file of the socket: by the descriptor's own name it can be connected to as long as the runtime listens. It
    /// costs a descriptor for the life of the process.
    /// </summary>
    private static string? Hold(string? path)
    {
        if (path is null || !File.Exists(path))
        {
            return null;
        }

        int descriptor = Open(path, PathOnly);
        string held = $"/proc/self/fd/{descriptor}";
        return descriptor >= 0 && File.Exists(held) ? held : path;
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);
}
