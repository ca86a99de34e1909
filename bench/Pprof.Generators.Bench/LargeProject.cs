using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace Pprof.Generators.Bench;

/// <summary>An application of many files with the attribute in the first and a custom profile in the second.</summary>
internal static class LargeProject
{
    private static readonly MetadataReference[] s_references =
    [
        .. Framework(typeof(object)),
        .. Framework(typeof(WebApplication)),
        MetadataReference.CreateFromFile(typeof(EnablePprofAttribute).Assembly.Location),
    ];

    public static CSharpParseOptions ParseOptions { get; } = new(LanguageVersion.CSharp13);

    /// <summary>The texts of the files. Attributes are everywhere: they are what the generator has to look at.</summary>
    public static string[] Write(int files) =>
    [
        "[assembly: Pprof.EnablePprof]\nreturn 0;",
        """
        namespace Large;
        internal static partial class Open
        {
            [Pprof.PprofProfile("open")]
            public static partial Pprof.CustomProfile Values { get; }
        }
        """,
        .. Enumerable.Range(2, files - 2).Select(WriteFile),
    ];

    /// <summary>The same file with one more statement.</summary>
    public static string Edit(string source) => source.Replace("int sum = 0;", "int sum = 0; sum += seed;");

    public static SyntaxTree[] Parse(string[] sources) => [.. sources.Select(Parse)];

    public static SyntaxTree Parse(string source, int index) =>
        CSharpSyntaxTree.ParseText(SourceText.From(source, System.Text.Encoding.UTF8), ParseOptions, $"File{index}.cs");

    public static CSharpCompilation Compile(SyntaxTree[] trees) =>
        CSharpCompilation.Create("Large", trees, s_references, new CSharpCompilationOptions(OutputKind.ConsoleApplication));

    private static string WriteFile(int index)
    {
        var text = new StringBuilder();
        text.Append($"using System;\nusing System.Collections.Generic;\nusing System.Linq;\n\nnamespace Large.Part{index % 40};\n\n");
        text.Append($"[Serializable]\npublic sealed class Type{index}\n{{\n    private readonly List<string> _names = [];\n");
        for (int member = 0; member < 8; member++)
        {
            text.Append(
                $$"""

                    [Obsolete("Use another one.", DiagnosticId = "LARGE{{member}}")]
                    public int Method{{member}}(int seed)
                    {
                        int sum = 0;
                        foreach (int value in Enumerable.Range(seed, 10).Where(value => value % 2 == 0))
                            sum += value * {{member}};

                        _names.Add($"{nameof(Method{{member}})} {sum}");
                        return sum;
                    }

                """);
        }

        return text.Append("}\n").ToString();
    }

    // A framework's folder has native libraries too: what the runtime loads as assemblies is listed.
    private static IEnumerable<MetadataReference> Framework(Type type) => ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
        .Split(Path.PathSeparator)
        .Where(file => Path.GetDirectoryName(file) == Path.GetDirectoryName(type.Assembly.Location))
        .Select(file => MetadataReference.CreateFromFile(file));
}
