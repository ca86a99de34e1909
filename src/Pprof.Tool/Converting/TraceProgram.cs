using Microsoft.Diagnostics.Tracing.Etlx;

namespace Pprof.Tool.Converting;

/// <summary>The program that was recorded, by the name that its own profiles give it.</summary>
internal static class TraceProgram
{
    private const string Extension = ".dll";

    /// <summary>
    /// The application's assembly: the one that has the name of the process, or, where that is <c>dotnet</c>, the one that the
    /// command line names first. The process's name where it loaded no such assembly.
    /// </summary>
    public static string FileOf(TraceLog log)
    {
        if (log.Processes.FirstOrDefault(static process => !string.IsNullOrEmpty(process.Name)) is not { } process)
        {
            return "";
        }

        return FileOf(process.Name, process.CommandLine ?? "", [.. process.LoadedModules.Select(static module => module.FilePath ?? "")]);
    }

    /// <summary>The same by what a recording tells.</summary>
    public static string FileOf(string process, string commandLine, IReadOnlyCollection<string> modules) =>
        modules.FirstOrDefault(module => NameOf(module) == process + Extension)
        ?? modules
            .Where(static module => module.EndsWith(Extension, StringComparison.OrdinalIgnoreCase))
            .Select(module => (File: module, Position: PositionOf(NameOf(module), commandLine)))
            .Where(static module => module.Position >= 0)
            .OrderBy(static module => module.Position)
            .Select(static module => module.File)
            .FirstOrDefault()
        ?? process;

    // A recording may come from another system.
    private static string NameOf(string path) => path[(path.LastIndexOfAny(['/', '\\']) + 1)..];

    /// <summary>Where an argument ends in this name of a file. Arguments are not quoted there, and may have spaces in them.</summary>
    private static int PositionOf(string name, string commandLine)
    {
        for (int at = commandLine.IndexOf(name, StringComparison.Ordinal); at >= 0; at = commandLine.IndexOf(name, at + 1, StringComparison.Ordinal))
        {
            int end = at + name.Length;
            if ((at == 0 || commandLine[at - 1] is '/' or '\\' or ' ' or '"') && (end == commandLine.Length || commandLine[end] is ' ' or '"'))
            {
                return at;
            }
        }

        return -1;
    }
}
