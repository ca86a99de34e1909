using Microsoft.AspNetCore.Builder;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace Pprof.Generators.Tests.Testing;

/// <summary>A user's project: sources against the shared frameworks and the real runtime package.</summary>
internal static class TestCompilation
{
    /// <summary>The package.</summary>
    public static readonly MetadataReference Runtime = MetadataReference.CreateFromFile(typeof(EnablePprofAttribute).Assembly.Location);

    /// <summary>What every project can refer to: .NET, ASP.NET Core and the package.</summary>
    public static readonly IReadOnlyList<MetadataReference> References =
    [
        .. FrameworkFiles(typeof(object)),
        .. FrameworkFiles(typeof(WebApplication)),
        Runtime,
    ];

    /// <summary>A project with nullable enabled, every warning an error and documentation comments read.</summary>
    public static CSharpCompilation Create(
        string[] sources,
        OutputKind outputKind = OutputKind.ConsoleApplication,
        LanguageVersion languageVersion = LanguageVersion.CSharp12,
        string assemblyName = "Application",
        IEnumerable<MetadataReference>? references = null) =>
        CSharpCompilation.Create(
            assemblyName,
            sources.Select((source, index) => Parse(source, $"Source{index}.cs", languageVersion)),
            [.. References, .. references ?? []],
            Options(outputKind));

    /// <summary>Nullable enabled, every warning an error.</summary>
    public static CSharpCompilationOptions Options(OutputKind outputKind) => new CSharpCompilationOptions(outputKind)
        .WithNullableContextOptions(NullableContextOptions.Enable)
        .WithGeneralDiagnosticOption(ReportDiagnostic.Error)
        .WithWarningLevel(9999)
        .WithAllowUnsafe(false);

    /// <summary>Documentation comments are read.</summary>
    public static CSharpParseOptions ParseOptions(LanguageVersion languageVersion) => new(languageVersion, DocumentationMode.Diagnose);

    /// <summary>One source file.</summary>
    public static SyntaxTree Parse(string source, string path, LanguageVersion languageVersion) =>
        CSharpSyntaxTree.ParseText(
            SourceText.From(source, System.Text.Encoding.UTF8),
            ParseOptions(languageVersion),
            path);

    private static IEnumerable<MetadataReference> FrameworkFiles(Type typeOfFramework)
    {
        string directory = Path.GetDirectoryName(typeOfFramework.Assembly.Location)!;
        var loadable = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        return loadable
            .Where(file => Path.GetDirectoryName(file) == directory)
            .Select(file => MetadataReference.CreateFromFile(file));
    }
}
