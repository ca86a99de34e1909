using System.Globalization;
using System.Text;
using Pprof.Encoding.Text;
using Pprof.Profiles;
using Pprof.Symbols;
using Xunit;

namespace Pprof.Runtime.Tests.Encoding.Text;

public sealed class TextFormTests
{
    private static readonly string[] s_names =
    [
        "A.B", "Namespace.Type.Method", "System.Threading.Monitor.Enter", "X", "Some.Quite.Long.Namespace.WithType<TKey, TValue>.AndMethod",
        "Seven.7", "Eight.88", "Nine.999", "Größe.Übersicht",
    ];

    [GoFact]
    public void FramesAreAlignedAsByTextTabwriter()
    {
        List<string[]>[] blocks = [.. Enumerable.Range(0, 40).Select(Block)];
        var source = new StringBuilder(
            """
            package main
            import ("fmt"; "os"; "text/tabwriter")
            func main() {
            """);
        source.Append('\n');
        foreach (List<string[]> block in blocks)
        {
            source.Append("{ w := tabwriter.NewWriter(os.Stdout, 1, 8, 1, '\\t', 0)\n");
            foreach (string[] line in block)
            {
                source.Append(CultureInfo.InvariantCulture, $"fmt.Fprint(w, {QuotedText.Of(string.Join('\t', line) + "\n")})\n");
            }

            source.Append("fmt.Fprint(w, \"\\n\"); w.Flush() }\n");
        }

        string expected = System.Text.Encoding.UTF8.GetString(GoProgram.Run(source.Append("}\n").ToString()));
        var actual = new StringWriter { NewLine = "\n" };
        foreach (List<string[]> block in blocks)
        {
            TabbedLines.Write(actual, block);
            actual.Write('\n');
        }

        Assert.Equal(expected, actual.ToString());
    }

    [GoFact]
    public void LabelsAreQuotedAsByGo()
    {
        string[] texts = ["plain", "quote\"d", "back\\slash", "tab\tnewline\n", "\a\b\f\r\v\0\u001f\u007f", "Größe", "日本", "\u200b\u00a0\u2028", "🙂", "\ue000", "\U000e0001"];
        var source = new StringBuilder("package main\nimport \"fmt\"\nfunc main() {\n");
        foreach (string text in texts)
        {
            string bytes = string.Join(", ", System.Text.Encoding.UTF8.GetBytes(text));
            source.Append(CultureInfo.InvariantCulture, $"fmt.Printf(\"%q\\n\", string([]byte{{{bytes}}}))\n");
        }

        string expected = System.Text.Encoding.UTF8.GetString(GoProgram.Run(source.Append("}\n").ToString()));
        Assert.Equal(expected, string.Concat(texts.Select(text => QuotedText.Of(text) + "\n")));
    }

    [Fact]
    public void MutexFormHasItsHeaderAndTheLongestWaitsFirst()
    {
        var text = new StringWriter { NewLine = "\n" };
        TextForm.Write(text, "mutex", Waits(Shapes.Mutex, 5), new Names());
        Assert.Equal(
            """
            --- mutex:
            cycles/second=1000000000
            sampling period=5
            40000000 4 @ 0x3001 0x2001
            #	0x3000	Namespace.Type.Method+0x10	/src/File.cs:3
            #	0x2000	A.B+0x10			/src/File.cs:2

            1000 1 @ 0x2001
            # labels: {"holder":"A.B"}
            #	0x2000	A.B+0x10	/src/File.cs:2


            """,
            text.ToString());
    }

    [Fact]
    public void BlockFormHasNoPeriod()
    {
        var text = new StringWriter { NewLine = "\n" };
        TextForm.Write(text, "block", Waits(Shapes.Block), new Names());
        Assert.StartsWith("--- contention:\ncycles/second=1000000000\n200000000 20 @ 0x3001 0x2001\n#\t0x3000\t", text.ToString());
    }

    [GoFact]
    public void GoToolReadsWhatTheFormsSay()
    {
        var mutex = new StringWriter { NewLine = "\n" };
        TextForm.Write(mutex, "mutex", Waits(Shapes.Mutex, 5), new Names());
        var block = new StringWriter { NewLine = "\n" };
        TextForm.Write(block, "block", Waits(Shapes.Block), new Names());
        var threads = Shapes.ThreadCreate.NewProfile();
        threads.Samples.Add([0x3000, 0x2000], new LabelSet([new Label("thread", "a \"name\"")]), 7);
        threads.Samples.Add([(nuint)PseudoFrame.UntrackedThread], LabelSet.Empty, 3);
        var count = new StringWriter { NewLine = "\n" };
        TextForm.Write(count, "threadcreate", threads, new Names());

        Assert.Contains("200005000ns", Raw(mutex, "-sample_index=delay"));
        Assert.Contains("200005000ns", Raw(block, "-sample_index=delay"));
        Assert.Contains("of 25", Raw(mutex, "-sample_index=contentions"));
        Assert.Contains("of 25", Raw(block, "-sample_index=contentions"));
        Assert.Contains("of 10", Raw(count, "-sample_index=0"));

        static string Raw(StringWriter text, string index)
        {
            string file = Path.GetTempFileName();
            try
            {
                File.WriteAllText(file, text.ToString());
                return System.Text.Encoding.UTF8.GetString(GoProgram.Go("tool", "pprof", "-top", "-unit=ns", index, file));
            }
            finally
            {
                File.Delete(file);
            }
        }
    }

    private static List<string[]> Block(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, random.Next(1, 12)).Select(_ => random.Next(6) == 0
            ? new[] { "#", $"0x{random.Next():x}" }
            : ["#", $"0x{random.NextInt64(1L << random.Next(8, 60)):x}", s_names[random.Next(s_names.Length)] + $"+0x{random.Next(1 << random.Next(1, 20)):x}", $"/src/{random.Next()}.cs:{random.Next(999)}"])];
    }

    private static Profile Waits(ProfileShape shape, int fraction = 1)
    {
        Profile profile = shape.NewProfile();
        profile.SampledFraction = fraction;
        profile.Samples.Add([0x2000], new LabelSet([new Label("holder", "A.B")]), 5, 5_000);
        profile.Samples.Add([0x3000, 0x2000], LabelSet.Empty, 20, 200_000_000);
        return profile;
    }

    private sealed class Names : Symbolizer
    {
        public override IReadOnlyList<CodeMapping> Mappings => [];

        public override FrameSymbol? Resolve(nuint address) => address < 0x1000 ? new FrameSymbol("[placeholder]") :
            new FrameSymbol(address == 0x2000 ? "A.B" : "Namespace.Type.Method", FileName: "/src/File.cs", Line: (int)(address >> 12));

        public override nuint? FunctionStart(nuint address) => address < 0x1000 ? null : address - 16;
    }
}
