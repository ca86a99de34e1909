using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Pprof.Generators.Tests.Testing;
using Xunit;
using Test = Pprof.Generators.Tests.Testing.CSharpGeneratorTest<Pprof.Generators.EnablePprofGenerator>;

namespace Pprof.Generators.Tests.Reading.CustomProfiles;

/// <summary>
/// Libraries that tell of custom profiles in a way in which the generator would not: written by hand, by another
/// compiler, or against another version of the package.
/// </summary>
public sealed class OddLibraryTests
{
    private const string Application = "[assembly: Pprof.EnablePprof(ListenUrl = \"http://localhost:6060\")]\nreturn 0;";

    private const string Sound =
        "[assembly: Pprof.CompilerServices.CustomProfileDeclaration(\"sound\", \"\", \"Odd.Holder\", \"Sound\")]";

    private const string Holder =
        """
        namespace Odd
        {
            public static class Holder
            {
                public static readonly Pprof.CustomProfile Sound = new("sound");
                internal static readonly Pprof.CustomProfile Internal = new("internal");
                public static readonly object Other = Internal;
                public static Pprof.CustomProfile Method() => Internal;
            }

            public class Instances { public readonly Pprof.CustomProfile Sound = new("sound"); }

            internal static class Hidden { public static readonly Pprof.CustomProfile Sound = new("sound"); }
        }
        """;

    // The attribute of another version: the application does not have these constructors.
    private const string OtherRuntime =
        """
        #nullable disable
        namespace Pprof.CompilerServices
        {
            [System.AttributeUsage(System.AttributeTargets.Assembly, AllowMultiple = true)]
            public sealed class CustomProfileDeclarationAttribute : System.Attribute
            {
                public CustomProfileDeclarationAttribute() { }
                public CustomProfileDeclarationAttribute(int a) { }
                public CustomProfileDeclarationAttribute(object a, object b, object c, object d) { }
                public CustomProfileDeclarationAttribute(string[] a, string b, string c, string d) { }
                public CustomProfileDeclarationAttribute(string a, string b, string c, string d) { }
                public CustomProfileDeclarationAttribute(System.Type a, byte b, double c, System.DayOfWeek d) { }
                public string Note { get; set; }
            }
        }
        namespace Pprof
        {
            public sealed class CustomProfile { public CustomProfile(string name) { } }
        }
        """;

    public static TheoryData<string, bool> Declarations()
    {
        string[] arguments =
        [
            "(null!, null!, null!, null!)",
            "(\"\", \"\", \"\", \"\")",
            "(\" \", \"\", \"Odd.Holder\", \"Sound\")",
            "(\"odd\", \"\", \"\", \"Sound\")",
            "(\"odd\", \"\", \"Odd..Holder\", \"Sound\")",
            "(\"odd\", \"\", \"Odd.Holder\", \"Sound), Collector = (null\")",
            "(\"odd\", \"\", \"Odd.Holder`1\", \"Sound\")",
            "(\"odd\", \"\", \"int\", \"Sound\")",
            "(\"odd\", \"\", \"Odd.Missing\", \"Sound\")",
            "(\"odd\", \"\", \"Missing\", \"Sound\")",
            "(\"odd\", \"\", \"Odd.Hidden\", \"Sound\")",
            "(\"odd\", \"\", \"Odd.Instances\", \"Sound\")",
            "(\"odd\", \"\", \"Odd.Holder\", \"Missing\")",
            "(\"odd\", \"\", \"Odd.Holder\", \"Internal\")",
            "(\"odd\", \"\", \"Odd.Holder\", \"Other\")",
            "(\"odd\", \"\", \"Odd.Holder\", \"Method\")",
        ];
        string[] ofAnotherVersion =
        [
            "",
            "(42)",
            "(0x7f000001)",
            "((object)\"odd\", 1, null, typeof(string))",
            "((object)new[] { 1 }, new object[] { \"x\", new string[] { \"y\" } }, 2, 3)",
            "(new[] { \"odd\" }, \"\", \"Odd.Holder\", \"Sound\")",
            "((string[])null!, null!, null!, null!)",
            "(typeof(string), 1, 2.5, System.DayOfWeek.Friday)",
            "(\"\", \"\", \"\", \"\", Note = \"more\")",
        ];
        var data = new TheoryData<string, bool>();
        foreach (string argument in arguments)
        {
            data.Add(argument, false);
        }

        foreach (string argument in ofAnotherVersion)
        {
            data.Add(argument, true);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Declarations))]
    public async Task DeclarationThatCannotBeOneIsPassedOverAndTheOthersAreServed(string arguments, bool ofAnotherVersion)
    {
        CSharpCompilation library = Compile(arguments, ofAnotherVersion);
        foreach (MetadataReference reference in new[] { TestLibrary.ToFile(library), library.ToMetadataReference() })
        {
            GeneratorDriverRunResult result = Test.Run(
                TestCompilation.Create([Application], references: [reference]), out CSharpCompilation output);

            Assert.Null(result.Results.Single().Exception);
            Assert.Empty(result.Diagnostics);
            string registration = result.GeneratedTrees.Single().ToString();
            Assert.Contains("Custom(global::Odd.Holder.Sound)", registration);
            Assert.Equal(1, registration.Split("ProfileCollectors.Custom(").Length - 1);
            if (!ofAnotherVersion)
            {
                Assert.DoesNotContain(output.GetDiagnostics(), diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
            }

            Assert.Empty(await new AnalyzedProject(Application) { References = [reference] }.AnalyzeIdsAsync());
        }
    }

    [Fact]
    public void FileThatIsNoAssemblyIsLeftToTheCompiler()
    {
        CSharpCompilation application = TestCompilation.Create(
            [Application], references: [MetadataReference.CreateFromImage([0x4d, 0x5a, 1, 2, 3])]);

        GeneratorDriverRunResult result = Test.Run(application, out CSharpCompilation output);

        Assert.Null(result.Results.Single().Exception);
        Assert.Contains("PprofModuleInitializer", result.GeneratedTrees.Single().ToString());
        Assert.Contains(output.GetDiagnostics(), diagnostic => diagnostic.Id == "CS0009");
    }

    [Fact]
    public async Task LibraryOfAnotherLanguageIsReadAsFarAsCSharpCanNameIt()
    {
        MetadataReference library = ForeignLibrary.Create();
        GeneratorDriverRunResult result = Test.Run(TestCompilation.Create([Application], references: [library]), out CSharpCompilation output);

        Assert.Null(result.Results.Single().Exception);
        Assert.Empty(result.Diagnostics);
        string registration = result.GeneratedTrees.Single().ToString();
        Assert.Contains("Custom(global::My.Holder.Sound)", registration);
        Assert.DoesNotContain("open things", registration);
        Assert.DoesNotContain(output.GetDiagnostics(), diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
        Assert.Empty(await new AnalyzedProject(Application) { References = [library] }.AnalyzeIdsAsync());
        const string MapsOnly = "Microsoft.AspNetCore.Builder.PprofEndpointRouteBuilderExtensions.MapPprof(null!);";
        Assert.Empty(await new AnalyzedProject(MapsOnly) { References = [library] }.AnalyzeIdsAsync());
    }

    [Fact]
    public void CodeOfAnotherLanguageIsLeftAlone()
    {
        Assert.All(
            AnalyzedProject.Analyzers,
            analyzer => Assert.Equal([LanguageNames.CSharp], analyzer.GetType().GetCustomAttribute<DiagnosticAnalyzerAttribute>()!.Languages));
        Assert.Equal([LanguageNames.CSharp], typeof(EnablePprofGenerator).GetCustomAttribute<GeneratorAttribute>()!.Languages);
    }

    private static CSharpCompilation Compile(string arguments, bool ofAnotherVersion)
    {
        CSharpCompilation library = WithoutDocumentation(TestCompilation.Create(
            [$"[assembly: Pprof.CompilerServices.CustomProfileDeclaration{arguments}]\n{Sound}\n{Holder}"],
            OutputKind.DynamicallyLinkedLibrary,
            assemblyName: "Odd"));
        if (!ofAnotherVersion)
        {
            return library;
        }

        CSharpCompilation runtime = TestCompilation.Create([OtherRuntime], OutputKind.DynamicallyLinkedLibrary, assemblyName: "Pprof")
            .RemoveReferences(TestCompilation.Runtime);
        return library.ReplaceReference(TestCompilation.Runtime, TestLibrary.ToFile(WithoutDocumentation(runtime)));
    }

    private static CSharpCompilation WithoutDocumentation(CSharpCompilation compilation) => compilation.WithOptions(
        compilation.Options.WithSpecificDiagnosticOptions([new("CS1591", ReportDiagnostic.Suppress)]));
}
