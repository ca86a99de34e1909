namespace Pprof.Testing;

/// <summary>
/// The processes that another has started and not reaped, those that have ended among them. By what their own files say:
/// lists of children are not in every kernel.
/// </summary>
internal static class ChildProcesses
{
    /// <summary>The names and states of those of a process, such as <c>sleep S</c>.</summary>
    public static List<string> Of(int parent) => [.. Directory.GetDirectories("/proc")
        .Select(Path.GetFileName)
        .OfType<string>()
        .Where(static name => char.IsAsciiDigit(name[0]))
        .Select(name => Describe(Read($"/proc/{name}/stat"), parent))
        .OfType<string>()];

    // The name in parentheses, the state, the parent. One that ended between is none.
    private static string? Describe(string stat, int parent)
    {
        int end = stat.LastIndexOf(')');
        return end > 0 && stat[(end + 2)..].Split(' ') is [var state, var of, ..] && of == $"{parent}"
            ? $"{stat[(stat.IndexOf('(') + 1)..end]} {state}"
            : null;
    }

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
