using System.Globalization;

namespace Pprof.Process;

/// <summary>
/// The control groups that this process is in, as far as the kernel kills all processes of one together where memory runs
/// out (memory.oom.group in the kernel's cgroup-v2.rst). Kubernetes makes each container such a group.
/// </summary>
internal sealed class MemoryGroups
{
    private const string Unlimited = "max";

    // Those at whose limits the group is killed: itself, and those around it.
    private readonly List<string> _folders = [];
    private readonly string _machine;

    /// <summary>Finds them.</summary>
    /// <param name="root">Where the system's files are.</param>
    public MemoryGroups(string root = "/")
    {
        _machine = Path.Combine(root, "proc/meminfo");
        string mount = Path.Combine(root, "sys/fs/cgroup");
        foreach (string folder in Around(mount, OwnPath(Path.Combine(root, "proc/self/cgroup"))))
        {
            AreKilledTogether |= ReadText(folder, "memory.oom.group") == "1";
            if (AreKilledTogether)
            {
                _folders.Add(folder);
            }
        }
    }

    /// <summary>Whether a process of this one that uses up the memory has all be killed.</summary>
    public bool AreKilledTogether { get; }

    /// <summary>The bytes that they may still use, of the memory of the machine too; no bound where nothing tells one.</summary>
    public long Free
    {
        get
        {
            long free = ValueOf(_machine, "MemAvailable:") is { } kilobytes ? kilobytes << 10 : long.MaxValue;
            foreach (string folder in _folders)
            {
                if (ReadText(folder, "memory.max") is { } limit and not Unlimited
                    && long.TryParse(limit, CultureInfo.InvariantCulture, out long most)
                    && long.TryParse(ReadText(folder, "memory.current"), CultureInfo.InvariantCulture, out long used))
                {
                    // What is cached of files and was not used for long goes before anything is killed.
                    free = Math.Min(free, most - used + (ValueOf(Path.Combine(folder, "memory.stat"), "inactive_file ") ?? 0));
                }
            }

            return free;
        }
    }

    private static IEnumerable<string> Around(string mount, string path)
    {
        for (string inner = path.Trim('/'); inner.Length > 0; inner = Path.GetDirectoryName(inner) ?? "")
        {
            yield return Path.Combine(mount, inner);
        }

        yield return mount;
    }

    /// <summary>The path of the group in the one hierarchy that there is since version 2.</summary>
    private static string OwnPath(string file) => Lines(file).FirstOrDefault(static line => line.StartsWith("0::", StringComparison.Ordinal))?["0::".Length..] ?? "";

    private static string? ReadText(string folder, string file) => Lines(Path.Combine(folder, file)).FirstOrDefault()?.Trim();

    private static long? ValueOf(string file, string name)
    {
        string? line = Lines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
        return line is not null && long.TryParse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out long value)
            ? value
            : null;
    }

    private static string[] Lines(string file)
    {
        try
        {
            return File.Exists(file) ? File.ReadAllLines(file) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The group has no such bound, or the system does not show it.
            return [];
        }
    }
}
