using System.Reflection;

namespace Pprof.Generators.Tests.Testing;

/// <summary>The expected output of the generator, from the folder Emit/Golden.</summary>
internal static class GoldenFile
{
    private static readonly string s_version = typeof(EnablePprofGenerator).Assembly.GetName().Version!.ToString();

    /// <summary>The text of <paramref name="name"/>, with the generator's version put in.</summary>
    public static string Read(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new FileNotFoundException("No golden file has this name.", name);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n").Replace("{version}", s_version, StringComparison.Ordinal);
    }
}
