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
/// <param name="LookUpAfterEdit">
/// The compiler's first look for a name in the new compilation, the median of many: no generator that binds a name can
/// take less.
/// </param>
internal sealed record Round(
    double Parse, double Bind, double FirstRun, double ParseEdited, double BindEdited, double RunAfterEdit, double LookUpAfterEdit)
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

        double runAfterEdit = MedianAfterEdits(compilation, sources, next => driver = driver.RunGenerators(next));
        double lookUpAfterEdit = MedianAfterEdits(
            LargeProject.Compile(trees), sources, next => next.SourceModule.GlobalNamespace.GetMembers("Pprof"));

        Compilation completeAfterEdit = complete.ReplaceSyntaxTree(trees[^1], edited);
        double bindEdited = Time(() => Verify(completeAfterEdit.GetSemanticModel(edited).GetDiagnostics()));
        return new Round(parse, bind, firstRun, parseEdited, bindEdited, runAfterEdit, lookUpAfterEdit);
    }

    // An editor runs the generator at every keystroke; a single run would measure the just-in-time compiler.
    private static double MedianAfterEdits(CSharpCompilation compilation, string[] sources, Action<CSharpCompilation> measured)
    {
        double[] runs = new double[Edits];
        for (int i = 0; i < Edits; i++)
        {
            SyntaxTree tree = LargeProject.Parse(LargeProject.Edit(sources[^1]) + new string('\n', i), sources.Length - 1);
            CSharpCompilation next = compilation.ReplaceSyntaxTree(compilation.SyntaxTrees[^1], tree);
            runs[i] = Time(() => measured(next));
            compilation = next;
        }

        return runs.Order().ElementAt(Edits / 2);
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
