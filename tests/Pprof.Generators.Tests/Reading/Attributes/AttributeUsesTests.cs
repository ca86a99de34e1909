using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Pprof.Generators.Models;
using Pprof.Generators.Reading.Attributes;
using Pprof.Generators.Tests.Testing;
using Xunit;
using Test = Pprof.Generators.Tests.Testing.CSharpGeneratorTest<Pprof.Generators.EnablePprofGenerator>;

namespace Pprof.Generators.Tests.Reading.Attributes;

/// <summary>The ways in which C# can name an attribute. The generator looks at names before it binds any.</summary>
public sealed class AttributeUsesTests
{
    private const string Program = "return 0;";
    private const string RegistrationFile = "Pprof.EnablePprof.g.cs";
    private const string ProfilesFile = "Pprof.CustomProfiles.g.cs";

    [Theory]
    [InlineData("using Pprof;", "[PprofProfile(\"p\")]")]
    [InlineData("using Pprof;", "[PprofProfileAttribute(\"p\")]")]
    [InlineData("", "[Pprof.PprofProfile(\"p\")]")]
    [InlineData("", "[global::Pprof.PprofProfile(\"p\")]")]
    [InlineData("using Short = Pprof;", "[Short.PprofProfile(\"p\")]")]
    [InlineData("using Short = Pprof;", "[Short::PprofProfileAttribute(\"p\")]")]
    [InlineData("using Profile = Pprof.PprofProfileAttribute;", "[Profile(\"p\")]")]
    [InlineData("using ProfileAttribute = Pprof.PprofProfileAttribute;", "[Profile(\"p\")]")]
    [InlineData("using ProfileAttribute = global::Pprof.PprofProfileAttribute;", "[@ProfileAttribute(\"p\")]")]
    [InlineData("using ObsoleteAttribute = Pprof.PprofProfileAttribute;", "[Obsolete(\"p\")]")]
    [InlineData("using Pprof;", "[@PprofProfileAttribute(\"p\")]")]
    [InlineData("using Pprof;", "[\\u0050profProfile(\"p\")]")]
    [InlineData("using Pprof;", "[System.Obsolete, PprofProfile(\"p\")]")]
    [InlineData("using Pprof;", "[System.Obsolete] [PprofProfile(\"p\")]")]
    [InlineData("using Pprof;", "[method: PprofProfile(\"p\")]")]
    [InlineData("using Pprof;", "\n#if !NEVER\n[PprofProfile(\"p\")]\n#endif\n")]
    public void ProfileIsFoundByEveryName(string usings, string attribute)
    {
        AssertProfile(Declare(usings, attribute));
        AssertProfile($"namespace Outer.Inner {{ {Declare(usings, attribute)} }}");
        AssertProfile($"{usings} namespace Outer {{ namespace Inner {{ {Declare("", attribute)} }} }}");
        AssertProfile($"{usings} namespace Outer.Inner; {Declare("", attribute)}");
    }

    [Theory]
    [InlineData("using Pprof;", "PprofProfile(\"p\")")]
    [InlineData("using Short = Pprof;", "Short::PprofProfile(\"p\")")]
    [InlineData("using Profile = Pprof.PprofProfileAttribute;", "Profile(\"p\")")]
    [InlineData("using ProfileAttribute = Pprof.PprofProfileAttribute;", "Profile(\"p\")")]
    public void ProfileIsFoundByANameOfAnotherFile(string usings, string attribute)
    {
        AssertProfile($"global {usings}", Declare("", $"[{attribute}]"));
        AssertProfile(Declare("", $"[{attribute}]"), $"global {usings}");
    }

    [Fact]
    public void ProfileIsFoundByTheAliasOfAnAlias() => AssertProfile(
        "using Short = Pprof; namespace Outer { using Profile = Short.PprofProfileAttribute; " + Declare("", "[Profile(\"p\")]") + " }");

    [Fact]
    public void ProfileIsFoundByTheAliasOfAGlobalAlias() => AssertProfile(
        "global using ProfileAttribute = Pprof.PprofProfileAttribute;",
        "namespace Outer { using Second = ProfileAttribute; " + Declare("", "[Second(\"p\")]") + " }");

    [Fact]
    public void ProfilesAreFoundInEveryPartOfAType()
    {
        const string Usings = "using Pprof;";
        GeneratorDriverRunResult result = Test.Run(
            Compile(
                Declare(Usings, "[PprofProfile(\"first\")]"),
                Declare(Usings, "[PprofProfile(\"second\")]").Replace("Profile()", "Second()"),
                "partial class Declaring { [Pprof.PprofProfile(\"third\")] private static partial Pprof.CustomProfile Third { get; } }"),
            out CSharpCompilation output);

        AssertCompiles(result, output);
        string profiles = result.GeneratedTrees.Single().ToString();
        Assert.All(["first", "second", "third"], name => Assert.Contains($"\"{name}\"", profiles));
    }

    [Theory]
    [InlineData("using Mine;", "[PprofProfile(\"p\")]")]
    [InlineData("", "[Mine.PprofProfile(\"p\")]")]
    [InlineData("using PprofProfileAttribute = Mine.PprofProfileAttribute;", "[PprofProfile(\"p\")]")]
    [InlineData("", "[Mine.Pprof.PprofProfile(\"p\")]")]
    [InlineData("using static Mine.Pprof;", "[PprofProfile(\"p\")]")]
    [InlineData("using Mine;", "[PprofProfile<int>(\"p\")]")]
    public void ProfileOfTheSameNameFromElsewhereIsNotOurs(string usings, string attribute) =>
        Assert.Empty(
            Test.Run(
                Compile(
                    Declare(usings, attribute),
                    """
                    namespace Mine
                    {
                        public class PprofProfileAttribute(string name) : System.Attribute { public string Name => name; }
                        public class PprofProfileAttribute<T>(string name) : PprofProfileAttribute(name);
                        public static class Pprof { public class PprofProfileAttribute(string name) : Mine.PprofProfileAttribute(name); }
                    }
                    """),
                out _).GeneratedTrees);

    [Fact]
    public void AttributeInATypeCalledLikeThePackageIsNotOurs() =>
        Assert.Empty(
            Test.Run(
                Compile(
                    "[assembly: Pprof.EnablePprof]",
                    "public static class Pprof { public class EnablePprofAttribute : System.Attribute; }"),
                out _).GeneratedTrees);

    [Theory]
    [InlineData("using Pprof; [assembly: EnablePprof]")]
    [InlineData("using Pprof; [assembly: EnablePprofAttribute]")]
    [InlineData("[assembly: global::Pprof.EnablePprof]")]
    [InlineData("[assembly: System.CLSCompliant(false), Pprof.EnablePprof]")]
    [InlineData("[assembly: System.CLSCompliant(false)] [module: System.CLSCompliant(false)] [assembly: Pprof.EnablePprof]")]
    [InlineData("using Profiling = Pprof.EnablePprofAttribute; [assembly: Profiling]")]
    [InlineData("using ProfilingAttribute = Pprof.EnablePprofAttribute; [assembly: Profiling]")]
    [InlineData("[assembly: Profiling]", "global using Profiling = Pprof.EnablePprofAttribute;")]
    [InlineData("[assembly: Profiling]", "global using ProfilingAttribute = Pprof.EnablePprofAttribute;")]
    [InlineData("[assembly: System.CLSCompliant(false)]", "[assembly: Pprof.EnablePprof]")]
    public void AttributeOfTheAssemblyIsFoundByEveryName(params string[] sources)
    {
        AssertOnly(RegistrationFile, sources);
        AssertOnly(RegistrationFile, [.. sources.Reverse()]);
    }

    [Fact]
    public void AttributeOfTheAssemblyIsFoundOnlyInItsFile()
    {
        CSharpCompilation compilation = Compile(
            "[assembly: Mine.EnablePprof] namespace Mine { class EnablePprofAttribute : System.Attribute; }",
            "[assembly: Pprof.EnablePprof]");

        AttributeUse use = Assert.Single(
            AttributeUses.Find(compilation, KnownTypes.EnablePprofAttribute, node => node is CompilationUnitSyntax, CancellationToken.None));
        Assert.Same(compilation.SyntaxTrees[1], use.Node.SyntaxTree);
    }

    [Theory]
    [InlineData("[assembly: Pprof.PprofProfile(\"p\")]")]
    [InlineData("namespace Outer { [assembly: Pprof.EnablePprof] class C; }")]
    [InlineData("[Pprof.EnablePprof] static partial class C { [Pprof.EnablePprof] static partial void M(); }")]
    public void AttributeThatStandsWhereItCannotIsTheCompilersToReport(string source)
    {
        GeneratorDriverRunResult result = Test.Run(Compile(source), out CSharpCompilation output);

        Assert.Null(result.Results.Single().Exception);
        Assert.Empty(result.GeneratedTrees);
        Assert.Contains(output.GetDiagnostics(), diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
    }

    // What is known of a file is kept from run to run; what its names mean can change without it.
    [Theory]
    [InlineData("global using Profile = Pprof.PprofProfileAttribute;", "global using Profile = System.ObsoleteAttribute;")]
    [InlineData("global using Profile = Pprof.PprofProfileAttribute;", "global using Other = Pprof.PprofProfileAttribute;")]
    public void EditOfAnotherFileChangesWhatANameMeans(string ours, string others)
    {
        SyntaxTree declaration = Parse(Declare("", "[Profile(\"p\")]"), "Declaration.cs");
        CSharpCompilation found = Compile(ours).AddSyntaxTrees(declaration);
        CSharpCompilation notFound = Compile(others).AddSyntaxTrees(declaration);

        Assert.Equal([1, 0, 1], Test.RunInTurn(found, notFound, found).Select(result => result.GeneratedTrees.Length));
    }

    [Fact]
    public void EditOfADeclarationIsSeen()
    {
        CSharpCompilation with = Compile(Declare("", "[Pprof.PprofProfile(\"p\")]"));
        CSharpCompilation without = Compile(Declare("", "[System.Obsolete(\"p\")]"));

        Assert.Equal([0, 1, 0], Test.RunInTurn(without, with, without).Select(result => result.GeneratedTrees.Length));
    }

    private static string Declare(string usings, string attribute) =>
        $"{usings} static partial class Declaring {{ {attribute} private static partial global::Pprof.CustomProfile Profile(); }}";

    private static void AssertProfile(params string[] sources) => AssertOnly(ProfilesFile, sources);

    private static void AssertOnly(string file, string[] sources)
    {
        GeneratorDriverRunResult result = Test.Run(Compile(sources), out CSharpCompilation output);

        Assert.Equal(file, Path.GetFileName(Assert.Single(result.GeneratedTrees).FilePath));
        AssertCompiles(result, output);
    }

    // That a name is obsolete, or not needed, is of no matter here.
    private static void AssertCompiles(GeneratorDriverRunResult result, CSharpCompilation output)
    {
        Assert.Empty(result.Diagnostics);
        Assert.Empty(output.GetDiagnostics().Where(diagnostic => diagnostic.DefaultSeverity == DiagnosticSeverity.Error));
    }

    private static CSharpCompilation Compile(params string[] sources) =>
        TestCompilation.Create([.. sources, Program], languageVersion: LanguageVersion.CSharp13);

    private static SyntaxTree Parse(string source, string path) => TestCompilation.Parse(source, path, LanguageVersion.CSharp13);
}
