using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Pprof.CodeFixes;
using Pprof.Generators.Tests.Testing;
using Xunit;

namespace Pprof.Generators.Tests.Rules.CustomProfiles;

public sealed class CustomProfileAnalyzerTests
{
    [Theory]
    [InlineData("[PprofProfile(\"a\")] private static partial object P { get; }")]
    [InlineData("[PprofProfile(\"a\")] private static partial CustomProfile? P { get; }")]
    [InlineData("[PprofProfile(\"a\")] private static partial CustomProfile P { get; set; }")]
    [InlineData("[PprofProfile(\"a\")] private static partial CustomProfile P(int x);")]
    [InlineData("[PprofProfile(\"a\")] static CustomProfile P => new(\"a\");")]
    [InlineData("[PprofProfile(\"a\")] static CustomProfile P { get { return new(\"a\"); } }")]
    [InlineData("[PprofProfile(\"a\")] static object P { get; } = 1;")]
    [InlineData("[PprofProfile(\"a\")] CustomProfile P<T>() => new(\"a\");")]
    [InlineData("partial class Generic<T> { [PprofProfile(\"a\")] private static partial CustomProfile P(); }")]
    [InlineData("[PprofProfile(\"a\")] private static partial CustomProfile P(this string x);")]
    [InlineData("[PprofProfile(\"a\")] private static partial CustomProfile P(__arglist);")]
    [InlineData("[PprofProfile(\"a\")] private static async partial CustomProfile P();")]
    [InlineData("[PprofProfile(\"a\")] private static extern partial CustomProfile P();")]
    [InlineData("[PprofProfile(\"a\")] private static extern partial CustomProfile P { get; }")]
    [InlineData("partial interface I { [PprofProfile(\"a\")] static abstract partial CustomProfile P { get; } }")]
    [InlineData("partial interface I : J { [PprofProfile(\"a\")] static partial CustomProfile J.P { get; } } interface J { static abstract CustomProfile P { get; } }")]
    [InlineData("[PprofProfile(\"a\")] private static partial CustomProfile P(); private static partial CustomProfile P() => new(\"a\");")]
    [InlineData("[PprofProfile(\"a\")] private static partial CustomProfile P(); private static extern partial CustomProfile P();")]
    [InlineData("[PprofProfile(\"a\")] private static partial CustomProfile P { get; } private static partial CustomProfile P { get => field; }")]
    [InlineData("[PprofProfile(\"a\")] private static partial CustomProfile P { get; } private static extern partial CustomProfile P { get; }")]
    [InlineData("private static partial CustomProfile P { get; } [PprofProfile(\"a\")] private static partial CustomProfile P => field ??= new(\"a\");")]
    [InlineData("extension(string x) { [PprofProfile(\"a\")] private static partial CustomProfile P { get; } }")]
    public async Task DeclarationThatCannotBeImplementedIsReported(string member)
    {
        AnalyzedProject project = Library($"static partial class C\n{{\n    {member}\n}}") with { LanguageVersion = LanguageVersion.CSharp14 };
        Assert.Equal([("PPROF018", "P")], await project.AnalyzeAsync());
        await CodeFixTest<CustomProfileCodeFix>.VerifyNotOfferedAsync("PPROF018", project);
    }

    [Theory]
    [InlineData("[PprofProfile(\"a\")]\n        private static partial CustomProfile P { get; }")]
    [InlineData("[PprofProfile(\"a\")]\n        private static partial CustomProfile P();")]
    public async Task DeclarationThatCanIsFine(string member) =>
        Assert.Empty(await Library($"static partial class C\n{{\n    private partial struct D\n    {{\n        {member}\n    }}\n}}").AnalyzeAsync());

    [Fact]
    public async Task ModifiersThatAreMissingAreReportedAndCanBeAdded()
    {
        AnalyzedProject project = Library("class C\n{\n    // Deep.\n    struct D\n    {\n        // Open.\n        [PprofProfile(\"a\")]\n        CustomProfile P { get; }\n    }\n}");
        Assert.Equal([("PPROF018", "P")], await project.AnalyzeAsync());
        await CodeFixTest<CustomProfileCodeFix>.VerifyAsync(
            "PPROF018",
            project,
            Library("partial class C\n{\n    // Deep.\n    partial struct D\n    {\n        // Open.\n        [PprofProfile(\"a\")]\n        static partial CustomProfile P { get; }\n    }\n}").Sources);
    }

    [Fact]
    public async Task OtherModifiersStayInFrontOfPartial() =>
        await CodeFixTest<CustomProfileCodeFix>.VerifyAsync(
            "PPROF018",
            Library("internal sealed class C\n{\n    [PprofProfile(\"a\")]\n    internal partial CustomProfile P { get; }\n}"),
            Library("internal sealed partial class C\n{\n    [PprofProfile(\"a\")]\n    internal static partial CustomProfile P { get; }\n}").Sources);

    [Theory]
    [InlineData("static CustomProfile P")]
    [InlineData("static partial CustomProfile P")]
    public async Task InitializerIsReportedAndGoes(string member) =>
        await CodeFixTest<CustomProfileCodeFix>.VerifyAsync(
            "PPROF018",
            Library($"static partial class C\n{{\n    [PprofProfile(\"a\")]\n    {member} {{ get; }} = new(\"a\"); // Open.\n\n    static int X;\n}}"),
            Library("static partial class C\n{\n    [PprofProfile(\"a\")]\n    static partial CustomProfile P { get; } // Open.\n\n    static int X;\n}").Sources);

    [Theory]
    [InlineData("a//b")]
    [InlineData("/a")]
    [InlineData(".")]
    [InlineData("../x")]
    [InlineData("a/./b")]
    [InlineData("a\\0")]
    [InlineData("")]
    [InlineData(" ")]
    public async Task ProfileWithoutANameThatAUrlCanHaveIsReported(string name) =>
        Assert.Equal([("PPROF019", $"PprofProfile(\"{name}\")")], await Declare(name).AnalyzeAsync());

    [Theory]
    [InlineData("heap")]
    [InlineData("profile")]
    [InlineData("cmdline")]
    public async Task NameOfABuiltInProfileIsReported(string name) =>
        Assert.Equal([("PPROF020", $"PprofProfile(\"{name}\")")], await Declare(name).AnalyzeAsync());

    [Theory]
    [InlineData("heaps")]
    [InlineData("Heap")]
    [InlineData("db.connections")]
    [InlineData("db.open_connections")]
    [InlineData("a/b")]
    [InlineData("a/")]
    [InlineData("...")]
    public async Task NameThatIsFreeIsFine(string name) => Assert.Empty(await Declare(name).AnalyzeAsync());

    [Theory]
    [InlineData("db-connections")]
    [InlineData("db:connections")]
    public async Task NameThatEnginesRefuseIsReported(string name) =>
        Assert.Equal([("PPROF030", $"PprofProfile(\"{name}\")")], await Declare(name).AnalyzeAsync());

    [Fact]
    public async Task NameThatIsUsedTwiceIsReportedWithBoth()
    {
        AnalyzedProject project = Library(
            """
            static partial class C
            {
                [PprofProfile("a")]
                private static partial CustomProfile P { get; }

                [PprofProfile("a")]
                private static partial CustomProfile Q { get; }
            }
            """);
        Assert.Equal([("PPROF021", "PprofProfile(\"a\")")], await project.AnalyzeAsync());
        Assert.Equal(["The custom profile 'a' is declared by C.P in Application and by C.Q in Application"], await project.AnalyzeMessagesAsync());
    }

    [Fact]
    public async Task NameThatTwoLibrariesUseIsReportedInTheApplication()
    {
        MetadataReference[] libraries = [LibraryFile("First"), LibraryFile("Second")];
        var application = new AnalyzedProject("[assembly: Pprof.EnablePprof(ListenUrl = \"http://localhost:6060\")]\nreturn 0;") { References = libraries };
        Assert.Equal(
            [("PPROF021", "Pprof.EnablePprof(ListenUrl = \"http://localhost:6060\")")],
            await application.AnalyzeAsync());
        Assert.Equal(["The custom profile 'leases' is declared by First and by Second"], await application.AnalyzeMessagesAsync());
        Assert.Empty(await new AnalyzedProject("return 0;") { References = libraries }.AnalyzeAsync());
        Assert.Empty(await (application with { References = [libraries[0]] }).AnalyzeAsync());
        Assert.Empty(await (application with { References = [libraries[0], LibraryFile("First")] }).AnalyzeAsync());
    }

    [Fact]
    public async Task LibraryUnderAnAliasHasNoNamesInTheTable() =>
        Assert.Empty(await new AnalyzedProject("[assembly: Pprof.EnablePprof(ListenUrl = \"http://localhost:6060\")]\nreturn 0;")
        {
            References = [LibraryFile("First"), LibraryFile("Second").WithAliases(["other"])],
        }.AnalyzeAsync());

    [Theory]
    [InlineData("for (int i = 0; i < 3; i++) { P.Add(i); }")]
    [InlineData("foreach (int i in new[] { 1 }) { Q().Add(i); }")]
    public async Task ValuesThatAreNeverRemovedAreReported(string statement) =>
        Assert.Equal(["PPROF022"], await Use(statement).AnalyzeIdsAsync());

    [Theory]
    [InlineData("P.Add(1);")]
    [InlineData("while (true) { P.Add(1); P.Remove(1); }")]
    [InlineData("while (true) { P.Add(1); System.Func<object, bool> ended = P.Remove; }")]
    [InlineData("while (true) { Q().Add(1); } static System.Func<object, bool> Ended(CustomProfile profile) => profile.Remove;")]
    [InlineData("while (true) { System.Action add = () => P.Add(1); }")]
    [InlineData("while (true) { P.Add(1); } static void Elsewhere(CustomProfile profile) => profile.Remove(1);")]
    public async Task ValuesThatAreRemovedOrFewAreFine(string statement) => Assert.Empty(await Use(statement).AnalyzeIdsAsync());

    private static MetadataReference LibraryFile(string name) => TestLibrary.ToFile(TestLibrary.Compile(
        name,
        "static partial class C { [Pprof.PprofProfile(\"leases\")] private static partial Pprof.CustomProfile P { get; } }"));

    private static AnalyzedProject Declare(string name) =>
        Library($"static partial class C\n{{\n    [PprofProfile(\"{name}\")]\n    private static partial CustomProfile P {{ get; }}\n}}");

    private static AnalyzedProject Use(string statement) => Library(
        $$"""
        static partial class C
        {
            [PprofProfile("a")]
            private static partial CustomProfile P { get; }

            [PprofProfile("b")]
            private static partial CustomProfile Q();

            internal static void Run()
            {
                {{statement}}
            }
        }
        """);

    private static AnalyzedProject Library(string source) =>
        new("using Pprof;\n\n" + source) { OutputKind = OutputKind.DynamicallyLinkedLibrary };
}
