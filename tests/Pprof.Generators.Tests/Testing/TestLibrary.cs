using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Xunit;

namespace Pprof.Generators.Tests.Testing;

/// <summary>A library that the user's project refers to, compiled with the generator.</summary>
internal static class TestLibrary
{
    /// <summary>Compiles the library; fails on any diagnostic.</summary>
    public static CSharpCompilation Compile(string name, string source)
    {
        CSharpCompilation compilation = TestCompilation.Create(
            [source],
            OutputKind.DynamicallyLinkedLibrary,
            LanguageVersion.CSharp13,
            name);
        CSharpGeneratorTest<EnablePprofGenerator>.Run(compilation, out CSharpCompilation output);
        Assert.Equal([], output.GetDiagnostics().Where(diagnostic => diagnostic.Severity > DiagnosticSeverity.Hidden));
        return output;
    }

    /// <summary>The library as an assembly file.</summary>
    public static MetadataReference ToFile(CSharpCompilation library) => MetadataReference.CreateFromImage(Emit(library));

    /// <summary>The bytes of the assembly.</summary>
    public static byte[] Emit(CSharpCompilation compilation)
    {
        using var image = new MemoryStream();
        Assert.Empty(compilation.Emit(image).Diagnostics.Where(diagnostic => diagnostic.Severity > DiagnosticSeverity.Hidden));
        return image.ToArray();
    }
}
