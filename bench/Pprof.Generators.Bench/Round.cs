using System.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Pprof.Generators.Bench;

/// <summary>One measurement, in milliseconds.</summary>
/// <param name="Parse">Parsing all files.</param>
/// <param name="Bind">Binding all of them, as a build does before it emits.</param>
/// <param name="FirstRun">The generator's first run.</param>
/// <param name="ParseEdited">Parsing the edited file.</param>
/// <param name="BindEdited">Binding the edited file in the new compilation, as an editor does at each keystroke.</param>
/// <param name="RunAfterEdit">The generator's run after an edit, the median of many.</param>
internal sealed record Round(double Parse, double Bind, double FirstRun, double ParseEdited, double BindEdited, double RunAfterEdit)
{
    private const int Edits = 100;

    public static Round Measure(int files)
    {
        string[] sources = LargeProject.Write(files);
        SyntaxTree[] trees = [];
        double parse = Time(() => trees = LargeProject.Parse(sources));

        // Each is measured on a compilation that nobody has asked anything: what one binds the other would find.
        CSharpCompilation compilation = LargeProject.Compile(trees);
        GeneratorDriver driver = CSharpGeneratorDriver.Create(
            [new EnablePprofGenerator().AsSourceGenerator()], parseOptions: LargeProject.ParseOptions);
        double firstRun = Time(() => driver = driver.RunGenerators(compilation));

        Compilation complete = LargeProject.Compile(trees).AddSyntaxTrees(driver.GetRunResult().GeneratedTrees);
        double bind = Time(() => Verify(complete.GetDiagnostics()));

        SyntaxTree edited = trees[^1];
        double parseEdited = Time(() => edited = LargeProject.Parse(LargeProject.Edit(sources[^1]), files - 1));

        // An editor runs the generator at every keystroke; a single run would measure the just-in-time compiler.
        CSharpCompilation afterEdit = compilation.ReplaceSyntaxTree(trees[^1], edited);
        double[] runs = new double[Edits];
        for (int i = 0; i < Edits; i++)
        {
            SyntaxTree next = LargeProject.Parse(LargeProject.Edit(sources[^1]) + new string('\n', i), files - 1);
            CSharpCompilation afterNext = afterEdit.ReplaceSyntaxTree(afterEdit.SyntaxTrees[^1], next);
            runs[i] = Time(() => driver = driver.RunGenerators(afterNext));
            afterEdit = afterNext;
        }

        double runAfterEdit = runs.Order().ElementAt(Edits / 2);
        Compilation completeAfterEdit = complete.ReplaceSyntaxTree(trees[^1], edited);
        double bindEdited = Time(() => Verify(completeAfterEdit.GetSemanticModel(edited).GetDiagnostics()));
        return new Round(parse, bind, firstRun, parseEdited, bindEdited, runAfterEdit);
    }

    private static double Time(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    // A project that does not compile would measure something else.
    private static void Verify(IEnumerable<Diagnostic> diagnostics)
    {
        if (diagnostics.FirstOrDefault(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error) is { } error)
        {
            throw new InvalidOperationException(error.ToString());
        }
    }
}
