using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Pprof.Generators.Tests.Testing;
using Xunit;
using Test = Pprof.Generators.Tests.Testing.CSharpGeneratorTest<Pprof.Generators.EnablePprofGenerator>;

namespace Pprof.Generators.Tests.Emit;

public sealed class CustomProfileSourceTests
{
    private const string RegistrationFile = "Pprof.EnablePprof.g.cs";
    private const string ProfilesFile = "Pprof.CustomProfiles.g.cs";

    private const string Library =
        """
        namespace Company.Data;

        /// <summary>A pool.</summary>
        public static partial class Pool
        {
            /// <summary>What is open.</summary>
            [Pprof.PprofProfile("db.connections", Description = "Open \"connections\"")]
            public static partial Pprof.CustomProfile Connections { get; }
        }
        """;

    [Fact]
    public Task PropertiesAreImplementedAndInTheTable() =>
        new GeneratedProject(
            """
            using Pprof;
            [assembly: EnablePprof(Profiles = PprofProfiles.None)]
            Outer.@event.Inner.Sessions.Add("x");
            """,
            """
            using Pprof;

            internal partial record struct Outer
            {
                internal sealed partial class @event
                {
                    public partial interface Inner
                    {
                        [PprofProfile("sessions", Description = "Sessions that are open")]
                        public static partial CustomProfile Sessions { get; }
                    }
                }
            }

            namespace Application.@namespace
            {
                static partial class Leases
                {
                    [PprofProfile("leases/3-days")]
                    static partial CustomProfile @long { get; }
                }
            }
            """)
        {
            LanguageVersion = LanguageVersion.CSharp13,
        }.VerifySourcesAsync(
            (ProfilesFile, GoldenFile.Read("CustomProfiles.Application.g.cs")),
            (RegistrationFile, GoldenFile.Read("CustomProfiles.Registration.g.cs")));

    [Fact]
    public Task MethodsServeWhereTheLanguageHasNoPartialProperties() =>
        new GeneratedProject(
            "return 0;",
            """
            static partial class Leases
            {
                [Pprof.PprofProfile("leases")]
                internal static partial Pprof.CustomProfile All();
            }
            """)
            .VerifySourcesAsync((ProfilesFile, GoldenFile.Read("CustomProfiles.Method.g.cs")));

    [Fact]
    public Task LibraryTellsOfItsProfiles() =>
        new GeneratedProject(Library)
        {
            OutputKind = OutputKind.DynamicallyLinkedLibrary,
            LanguageVersion = LanguageVersion.CSharp13,
            AssemblyName = "Company.Data-Access",
        }.VerifySourcesAsync((ProfilesFile, GoldenFile.Read("CustomProfiles.Library.g.cs")));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ProfileOfALibraryIsInTheTableOfTheApplication(bool asFile)
    {
        CSharpCompilation library = TestLibrary.Compile("Company.Data-Access", Library);
        await new GeneratedProject("[assembly: Pprof.EnablePprof(Profiles = Pprof.PprofProfiles.None)]", "return 0;")
        {
            References = [asFile ? TestLibrary.ToFile(library) : library.ToMetadataReference()],
        }.VerifySourcesAsync((RegistrationFile, GoldenFile.Read("CustomProfiles.FromLibrary.g.cs")));
    }

    [Fact]
    public void LibraryUnderAnAliasIsLeftOut()
    {
        MetadataReference library = TestLibrary.ToFile(TestLibrary.Compile("Company.Data-Access", Library)).WithAliases(["other"]);
        GeneratorDriverRunResult result = Test.Run(
            TestCompilation.Create(["[assembly: Pprof.EnablePprof]", "return 0;"], references: [library]),
            out CSharpCompilation output);

        Assert.DoesNotContain("db.connections", result.GeneratedTrees.Single().ToString());
        Assert.DoesNotContain(output.GetDiagnostics(), diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
    }

    [Fact]
    public void OfTwoProfilesWithOneNameTheApplicationsOwnIsInTheTableAndTheBuildFails()
    {
        MetadataReference library = TestLibrary.ToFile(TestLibrary.Compile("Company.Data-Access", Library));
        GeneratorDriverRunResult result = Test.Run(
            TestCompilation.Create(
                [
                    "[assembly: Pprof.EnablePprof]",
                    "return 0;",
                    """
                    static partial class Own
                    {
                        [Pprof.PprofProfile("db.connections")]
                        internal static partial Pprof.CustomProfile First();
                    }
                    """,
                ],
                references: [library]),
            out CSharpCompilation output);

        string registration = result.GeneratedTrees.Single(tree => tree.FilePath.EndsWith(RegistrationFile)).ToString();
        Assert.Contains("ProfilesOf_Application._db__connections", registration);
        Assert.DoesNotContain("Company", registration);
        Assert.DoesNotContain(output.GetDiagnostics(), diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
        Diagnostic clash = Assert.Single(result.Diagnostics);
        Assert.Equal(DiagnosticSeverity.Error, clash.Severity);
        Assert.Equal("The custom profile 'db.connections' is declared by Own.First() in Application and by Company.Data-Access", clash.GetMessage());
    }

    [Fact]
    public void ProfileOfAnExecutableIsInTheTableOfTheExecutableThatReferencesIt()
    {
        CSharpCompilation tested = TestCompilation.Create(
            ["internal static partial class Leases { [Pprof.PprofProfile(\"leases\")] internal static partial Pprof.CustomProfile All(); }", "return 0;"],
            assemblyName: "Tested");
        Test.Run(tested, out CSharpCompilation output);
        GeneratorDriverRunResult result = Test.Run(
            TestCompilation.Create(["[assembly: Pprof.EnablePprof]", "return 0;"], references: [TestLibrary.ToFile(output)]), out output);

        Assert.Contains("ProfilesOf_Tested._leases", result.GeneratedTrees.Single().ToString());
        Assert.DoesNotContain(output.GetDiagnostics(), diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
    }

    [Fact]
    public void LibraryThatIsMeantForEveryLanguageCompilesWithoutWarnings() =>
        Assert.NotNull(TestLibrary.Compile(
            "Compliant",
            """
            [assembly: System.CLSCompliant(true)]
            internal static partial class Leases
            {
                [Pprof.PprofProfile("leases")]
                internal static partial Pprof.CustomProfile All();
            }
            """));

    [Theory]
    [InlineData("return 0;", NullableContextOptions.Disable)]
    [InlineData("return 0;", NullableContextOptions.Annotations)]
    [InlineData("namespace Pprof { static class Program { static void Main() { } } }", NullableContextOptions.Enable)]
    [InlineData("namespace Pprof.Generated { class ProfilesOf; static class Program { static void Main() { } } }", NullableContextOptions.Disable)]
    [InlineData("namespace Application { class System; class Pprof; static class Program { static void Main() { } } }", NullableContextOptions.Enable)]
    [InlineData("using System; Console.WriteLine(1); class CustomProfile;", NullableContextOptions.Enable)]
    public Task ProfilesAreImplementedAndCompileInAnyProgram(string program, NullableContextOptions nullable) =>
        new GeneratedProject(
            program,
            """
            namespace Other.Pprof.System
            {
                static partial class Leases
                {
                    [global::Pprof.PprofProfile("leases")]
                    internal static partial global::Pprof.CustomProfile All();
                }
            }
            """)
        {
            Nullable = nullable,
        }.VerifyDiagnosticsAsync();

    [Theory]
    [InlineData("namespace Pprof.Generated { class ProfilesOf_Application; }")]
    [InlineData("namespace Pprof.Generated { class ProfilesOf_Application; class ProfilesOf_Application_; }")]
    [InlineData("namespace Pprof.Generated.ProfilesOf_Application { class Any; }")]
    [InlineData("partial class {|CS8981:global|} { [Pprof.PprofProfile(\"sessions\")] internal static partial Pprof.CustomProfile Sessions(); }")]
    [InlineData("[System.Obsolete] partial class Old { [Pprof.PprofProfile(\"sessions\")] internal static partial Pprof.CustomProfile Sessions(); }")]
    [InlineData("partial class Old { [System.Obsolete(\"\", error: true), Pprof.PprofProfile(\"sessions\")] internal static partial Pprof.CustomProfile Sessions(); }")]
    [InlineData("[System.Diagnostics.CodeAnalysis.Experimental(\"NEW\")] partial class New { [Pprof.PprofProfile(\"sessions\")] internal static partial Pprof.CustomProfile Sessions(); }")]
    [InlineData("class PprofModuleInitializer;")]
    [InlineData("class C { class Pprof; class System; class Task; } class Profile; class CustomProfile;")]
    [InlineData("ref partial struct C { [Pprof.PprofProfile(\"sessions\")] internal static partial Pprof.CustomProfile Sessions(); static partial void Sessions(int x); }")]
    [InlineData("partial record C(int X) { partial record struct D { [Pprof.PprofProfile(\"sessions\")] internal static partial Pprof.CustomProfile Sessions(); } }")]
    public Task NothingIsReportedInWhatIsGenerated(string source) =>
        new GeneratedProject(
            "[assembly: Pprof.EnablePprof]",
            "return 0;",
            source,
            "static partial class Leases { [Pprof.PprofProfile(\"leases\")] internal static partial Pprof.CustomProfile All(); }")
            .VerifyDiagnosticsAsync();

    [Fact]
    public void RegistrationIsNotWrittenInALanguageThatTheProjectDoesNotHave()
    {
        GeneratorDriverRunResult result = Test.Run(
            TestCompilation.Create(
                [
                    "[assembly: Pprof.EnablePprof]",
                    "return 0;",
                    "static partial class Leases { [Pprof.PprofProfile(\"leases\")] internal static partial Pprof.CustomProfile All(); }",
                ],
                languageVersion: LanguageVersion.CSharp9),
            out CSharpCompilation output);

        Assert.Equal(ProfilesFile, Path.GetFileName(Assert.Single(result.GeneratedTrees).FilePath));
        Assert.DoesNotContain(output.GetDiagnostics(), diagnostic => diagnostic.Severity > DiagnosticSeverity.Hidden);
    }

    [Theory]
    [InlineData("this string x")]
    [InlineData("this ref int x, scoped System.Span<int> y, params System.ReadOnlySpan<object?> z")]
    public void ExtensionMethodIsImplementedAsOne(string parameters)
    {
        GeneratorDriverRunResult result = Test.Run(
            TestCompilation.Create(
                [$"static partial class C {{ [Pprof.PprofProfile(\"a\")] internal static partial Pprof.CustomProfile P({parameters}); }}", "return 0;"],
                languageVersion: LanguageVersion.CSharp13),
            out CSharpCompilation output);

        Assert.Contains("throw", Assert.Single(result.GeneratedTrees).ToString());
        Assert.DoesNotContain(output.GetDiagnostics(), diagnostic => diagnostic.Severity > DiagnosticSeverity.Hidden);
    }

    [Fact]
    public void TypeCalledSystemThatStandsInNoNamespaceHidesTheFramework()
    {
        Test.Run(
            TestCompilation.Create(["class System; class Program { static void Main() { } }", "[assembly: Pprof.EnablePprof]"]),
            out CSharpCompilation output);
        Assert.Contains("CS0426", output.GetDiagnostics().Select(diagnostic => diagnostic.Id));
    }

    /// <summary>The compiler would report it before a rule can say what is wrong.</summary>
    [Theory]
    [InlineData("[Pprof.PprofProfile(\"\")] private static partial Pprof.CustomProfile P();")]
    [InlineData("[Pprof.PprofProfile(\"a//b\")] private static partial Pprof.CustomProfile P { get; }")]
    [InlineData("[Pprof.PprofProfile(\"heap\")] private static partial Pprof.CustomProfile P { get; }")]
    [InlineData("[Pprof.PprofProfile(\"a\")] private static partial Pprof.CustomProfile P(int x, ref System.Collections.Generic.List<object?> y, params string[] z);")]
    [InlineData("[Pprof.PprofProfile(\"a\")] private static partial Pprof.CustomProfile? P();")]
    [InlineData("[Pprof.PprofProfile(\"a\")] private static partial object P();")]
    [InlineData("[Pprof.PprofProfile(\"a\")] private static partial void P();")]
    [InlineData("[Pprof.PprofProfile(\"a\")] private partial Pprof.CustomProfile @long();")]
    [InlineData("[Pprof.PprofProfile(\"a\")] internal partial Pprof.CustomProfile P { get; private set; }")]
    [InlineData("[Pprof.PprofProfile(\"a\")] private static partial Pprof.CustomProfile P { set; }")]
    [InlineData("partial class Generic<T> { [Pprof.PprofProfile(\"a\")] private static partial System.Collections.Generic.List<T> P { get; } }")]
    [InlineData("partial interface IGeneric<in T, out U> { [Pprof.PprofProfile(\"a\")] private static partial Pprof.CustomProfile P(T t); }")]
    public void DeclarationThatIsRefusedIsImplementedAndServedNowhere(string member)
    {
        GeneratorDriverRunResult result = Test.Run(
            TestCompilation.Create(
                ["[assembly: Pprof.EnablePprof]", $"partial class C {{ {member} }}", "return 0;"], languageVersion: LanguageVersion.CSharp13),
            out CSharpCompilation output);

        Assert.DoesNotContain(output.GetDiagnostics(), diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
        Assert.Contains("throw", result.GeneratedTrees.Single(tree => tree.FilePath.EndsWith(ProfilesFile)).ToString());
        Assert.DoesNotContain("ProfilesOf", string.Concat(result.GeneratedTrees));
        Assert.Empty(result.Diagnostics);
    }

    [Fact]
    public Task RefusedDeclarationsThrow() =>
        new GeneratedProject(
            "return 0;",
            """
            namespace Shop
            {
                static partial class Leases<T>
                {
                    [Pprof.PprofProfile("heap")]
                    internal static partial Pprof.CustomProfile? All(T first, out int count);

                    [Pprof.PprofProfile("leases")]
                    internal static partial object Open { get; private set; }
                }
            }
            """)
        {
            LanguageVersion = LanguageVersion.CSharp13,
        }.VerifySourcesAsync((ProfilesFile, GoldenFile.Read("CustomProfiles.Refused.g.cs")));

    [Fact]
    public void SecondOfANameIsImplementedToo()
    {
        GeneratorDriverRunResult result = Test.Run(
            TestCompilation.Create(
                [
                    "return 0;",
                    """
                    static partial class Own
                    {
                        [Pprof.PprofProfile("a")]
                        internal static partial Pprof.CustomProfile First();

                        [Pprof.PprofProfile("a")]
                        internal static partial Pprof.CustomProfile Second();
                    }
                    """,
                ]),
            out CSharpCompilation output);

        Assert.DoesNotContain(output.GetDiagnostics(), diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
        Assert.Equal("PPROF021", Assert.Single(result.Diagnostics).Id);
    }

    [Theory]
    [InlineData("[Pprof.PprofProfile(\"a\")] private static partial Pprof.CustomProfile P<T>() where T : class;")]
    [InlineData("[Pprof.PprofProfile(\"a\")] private static partial ref Pprof.CustomProfile P();")]
    [InlineData("[Pprof.PprofProfile(\"a\")] private static Pprof.CustomProfile P() => new(\"a\");")]
    [InlineData("[Pprof.PprofProfile(\"a\")] private static partial Pprof.CustomProfile P { get; } = new(\"a\");")]
    [InlineData("[Pprof.PprofProfile(\"a\")] private static partial object P(); private static partial object P() => 1;")]
    [InlineData("[Pprof.PprofProfile(\"a\")] private static partial Pprof.CustomProfile P(); private static partial Pprof.CustomProfile P() => new(\"a\");")]
    [InlineData("[Pprof.PprofProfile(\"a\")] private static partial Pprof.CustomProfile P { get; } private static partial Pprof.CustomProfile P { get => field; }")]
    [InlineData("[Pprof.PprofProfile(\"a\")] private static extern partial Pprof.CustomProfile P();")]
    [InlineData("[Pprof.PprofProfile(\"a\")] private static async partial Pprof.CustomProfile P();")]
    [InlineData("partial interface I { [Pprof.PprofProfile(\"a\")] static abstract partial Pprof.CustomProfile P { get; } }")]
    [InlineData("class NotPartial { [Pprof.PprofProfile(\"a\")] private static partial Pprof.CustomProfile P { get; } }")]
    public void DeclarationThatCannotBeImplementedIsLeftAlone(string member)
    {
        GeneratorDriverRunResult result = Test.Run(
            TestCompilation.Create([$"partial class C {{ {member} }}", "return 0;"], languageVersion: LanguageVersion.CSharp14),
            out _);

        Assert.Empty(result.GeneratedTrees);
        Assert.Empty(result.Diagnostics);
    }
}
