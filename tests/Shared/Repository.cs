namespace Pprof.Testing;

/// <summary>Where the sources are that the tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>The files below a folder of it that no build has written, as paths from its root, with slashes.</summary>
    public static IEnumerable<string> SourcesIn(string folder, string pattern = "*") =>
        Directory.EnumerateFiles(PathOf(folder), pattern, SearchOption.AllDirectories)
            .Select(static file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
            .Where(static file => !file.Contains("/bin/") && !file.Contains("/obj/"));

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Pprof.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException($"Pprof.sln is in no folder above {AppContext.BaseDirectory}.");
    }
}
