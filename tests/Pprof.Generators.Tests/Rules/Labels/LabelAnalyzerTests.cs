using Microsoft.CodeAnalysis;
using Pprof.CodeFixes;
using Pprof.Generators.Tests.Testing;
using Xunit;

namespace Pprof.Generators.Tests.Rules.Labels;

public sealed class LabelAnalyzerTests
{
    [Theory]
    [InlineData("PprofLabels.Push(\"a\", \"b\");", "using var labels = PprofLabels.Push(\"a\", \"b\");")]
    [InlineData("PprofLabels.Push((\"a\", \"b\"), (\"c\", \"d\")); // Why.", "using var labels = PprofLabels.Push((\"a\", \"b\"), (\"c\", \"d\")); // Why.")]
    [InlineData("// Why.\n        _ = PprofLabels.Push(\"a\", \"b\");", "// Why.\n        using var labels = PprofLabels.Push(\"a\", \"b\");")]
    [InlineData("int labels = 1, labels2 = labels; PprofLabels.Push(\"a\", $\"{labels2}\");", "int labels = 1, labels2 = labels; using var labels3 = PprofLabels.Push(\"a\", $\"{labels2}\");")]
    [InlineData("var scope = PprofLabels.Push(\"a\", \"b\");", "using var scope = PprofLabels.Push(\"a\", \"b\");")]
    [InlineData("System.IDisposable scope = PprofLabels.Push(\"a\", \"b\");", "using System.IDisposable scope = PprofLabels.Push(\"a\", \"b\");")]
    public async Task LabelsThatNothingEndsAreReportedAndEndWithTheBlock(string statement, string expected)
    {
        Assert.Equal(["PPROF023"], await Run(statement).AnalyzeIdsAsync());
        await CodeFixTest<LabelCodeFix>.VerifyAsync("PPROF023", Run(statement), Run(expected).Sources);
    }

    [Fact]
    public async Task LabelsOfATopLevelProgramEndWithIt() =>
        await CodeFixTest<LabelCodeFix>.VerifyAsync(
            "PPROF023",
            new AnalyzedProject("using Pprof;\n\nPprofLabels.Push(\"a\", \"b\");\nreturn 0;"),
            "using Pprof;\n\nusing var labels = PprofLabels.Push(\"a\", \"b\");\nreturn 0;");

    [Theory]
    [InlineData("if (args.Length > 0) PprofLabels.Push(\"a\", \"b\");")]
    [InlineData("switch (args.Length) { case 0: PprofLabels.Push(\"a\", \"b\"); break; }")]
    [InlineData("System.Action push = () => PprofLabels.Push(\"a\", \"b\"); push();")]
    [InlineData("PprofLabelScope scope; scope = PprofLabels.Push(\"a\", \"b\");")]
    [InlineData("var scope = PprofLabels.Push(\"a\", \"b\"); scope = default;")]
    [InlineData("var scope = args.Length > 0 ? PprofLabels.Push(\"a\", \"b\") : default;")]
    public async Task LabelsThatNoDeclarationCanEndAreReportedOnly(string statement) =>
        await CodeFixTest<LabelCodeFix>.VerifyNotOfferedAsync("PPROF023", Run(statement));

    [Theory]
    [InlineData("using var scope = PprofLabels.Push(\"a\", \"b\");")]
    [InlineData("using var scope = args.Length > 0 ? PprofLabels.Push(\"a\", \"b\") : default;")]
    [InlineData("using (PprofLabels.Push(\"a\", \"b\")) { }")]
    [InlineData("using (var scope = PprofLabels.Push(\"a\", \"b\")) { }")]
    [InlineData("using (PprofLabels.Push((\"a\", \"b\"))) { }")]
    [InlineData("PprofLabels.Push(\"a\", \"b\").Dispose();")]
    [InlineData("var scope = PprofLabels.Push(\"a\", \"b\"); try { } finally { scope.Dispose(); }")]
    [InlineData("PprofLabelScope scope = default; try { scope = PprofLabels.Push(\"a\", \"b\"); } finally { scope.Dispose(); }")]
    [InlineData("var scope = PprofLabels.Push(\"a\", \"b\"); System.Action end = () => scope.Dispose(); end();")]
    [InlineData("var scope = PprofLabels.Push(\"a\", \"b\"); Keep(scope);")]
    [InlineData("Keep(PprofLabels.Push(\"a\", \"b\"));")]
    [InlineData("s_kept = PprofLabels.Push(\"a\", \"b\");")]
    [InlineData("System.Func<PprofLabelScope> push = () => PprofLabels.Push(\"a\", \"b\"); push().Dispose();")]
    public async Task LabelsThatSomeoneEndsOrMayEndAreFine(string statement) => Assert.Empty(await Run(statement).AnalyzeAsync());

    [Theory]
    [InlineData("PprofLabels.Push(\"pprof::a\", \"b\")", "\"pprof::a\"", "PprofLabels.Push(\"a\", \"b\")")]
    [InlineData("PprofLabels.Push((\"x\", \"y\"), (\"pprof::a\", \"b\"))", "\"pprof::a\"", "PprofLabels.Push((\"x\", \"y\"), (\"a\", \"b\"))")]
    [InlineData("PprofLabels.Push([(\"pprof::a\", \"b\")])", "\"pprof::a\"", "PprofLabels.Push([(\"a\", \"b\")])")]
    public async Task KeyOfTheToolIsReportedAndLosesItsPrefix(string push, string key, string expected)
    {
        Assert.Equal([("PPROF024", key)], await Use(push).AnalyzeAsync());
        await CodeFixTest<LabelCodeFix>.VerifyAsync("PPROF024", Use(push), Use(expected).Sources);
    }

    [Theory]
    [InlineData("PprofLabels.Push(\"\", \"b\")")]
    [InlineData("PprofLabels.Push(value: \"b\", key: \"\")")]
    [InlineData("PprofLabels.Push((\"a\", \"b\"), (string.Empty + \"\", \"b\"), (\"\", \"c\"))")]
    [InlineData("PprofLabels.Push(\"pprof::\", \"b\")")]
    [InlineData("PprofLabels.Push(Reserved, \"b\")")]
    public async Task KeyThatCannotBeRepairedIsReportedOnly(string push) =>
        await CodeFixTest<LabelCodeFix>.VerifyNotOfferedAsync("PPROF024", Use(push));

    [Theory]
    [InlineData("PprofLabels.Push((\"a\", \"b\"), (\"a\", \"c\"))", "PprofLabels.Push((\"a\", \"c\"))")]
    [InlineData("PprofLabels.Push((\"a\", \"b\"), (\"x\", \"y\"), (\"a\", \"c\"))", "PprofLabels.Push((\"x\", \"y\"), (\"a\", \"c\"))")]
    public async Task LabelThatALaterOneHidesIsReportedAndGoes(string push, string expected)
    {
        Assert.Equal([("PPROF025", "\"a\"")], await Use(push).AnalyzeAsync());
        await CodeFixTest<LabelCodeFix>.VerifyAsync("PPROF025", Use(push), Use(expected).Sources);
    }

    [Theory]
    [InlineData("PprofLabels.Push([(\"a\", \"b\"), (\"a\", \"c\")])")]
    [InlineData("PprofLabels.Push(new[] { (\"a\", \"b\"), (\"a\", \"c\") })")]
    public async Task HiddenLabelOfACollectionIsReportedOnly(string push) =>
        await CodeFixTest<LabelCodeFix>.VerifyNotOfferedAsync("PPROF025", Use(push));

    [Theory]
    [InlineData("PprofLabels.Push(\"a\", \"pprof::b\")")]
    [InlineData("PprofLabels.Push(\"mypprof::\", \"\")")]
    [InlineData("PprofLabels.Push((\"a\", \"b\"), (\"A\", \"b\"), (args[0], \"b\"), (args[0], \"b\"))")]
    [InlineData("PprofLabels.Push((\"a\", Pair((\"a\", \"b\"))), (\"b\", \"a\"))")]
    [InlineData("PprofLabels.Push(Labels((\"a\", \"b\"), (\"a\", \"b\")))")]
    [InlineData("PprofLabels.Push()")]
    public async Task KeysThatCanBeUsedAreFine(string push) => Assert.Empty(await Use(push).AnalyzeAsync());

    private static AnalyzedProject Use(string push) => Run($"using ({push}) {{ }}");

    private static AnalyzedProject Run(string statement) => new(
        $$"""
        using Pprof;

        static class Work
        {
            internal const string Reserved = "pprof::a";

            internal static System.IDisposable? s_kept;

            internal static void Run(string[] args)
            {
                {{statement}}
            }

            internal static void Keep(PprofLabelScope scope) => scope.Dispose();

            internal static string Pair((string, string) pair) => pair.Item1;

            internal static (string Key, string Value)[] Labels(params (string, string)[] labels) => labels;
        }
        """)
    {
        OutputKind = OutputKind.DynamicallyLinkedLibrary,
    };
}
