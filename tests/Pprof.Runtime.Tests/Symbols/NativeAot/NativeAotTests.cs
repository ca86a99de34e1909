using System.Text;
using Pprof.Runtime.Tests.Unwinding.Dwarf;
using Pprof.Testing;
using Xunit;

namespace Pprof.Runtime.Tests.Symbols.NativeAot;

public class NativeAotTests(NativeAotProgram program) : IClassFixture<NativeAotProgram>
{
    [ToolFact(Tools.Linux, Tools.NativeCompiler)]
    public async Task MethodsAreNamedAsTheyAreWritten()
    {
        string[] lines = (await program.RunAsync(["names"])).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(NamedCase.All.Select(c => $"{c.Name}: ok"), lines);
    }

    [ToolFact(Tools.Linux, Tools.NativeCompiler)]
    public async Task TheFirstMappingIsTheProgram()
    {
        string[] lines = (await program.RunAsync(["mappings"])).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Matches($"^{System.Text.RegularExpressions.Regex.Escape(program.Path)} [0-9a-f]{{40}}$", lines[0]);
        Assert.Contains(lines, l => l.Contains("/libc.so", StringComparison.Ordinal));
    }

    [ToolFact(Tools.Linux, Tools.NativeCompiler)]
    public async Task NativeFunctionsHaveTheNameOfTheirSymbolAndJunkHasNone()
    {
        Assert.Equal("getpid,,\n", await program.RunAsync(["native"]));
    }

    [ToolFact(Tools.Linux, Tools.NativeCompiler)]
    public async Task TheGeneratorKnowsWhichProfilesAreServed()
    {
        string[] lines = (await program.RunAsync(["targets"])).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.NotEmpty(lines);
        Assert.All(lines, line => Assert.EndsWith(": ok", line, StringComparison.Ordinal));
    }

    [ToolFact(Tools.Linux, Tools.NativeCompiler)]
    public async Task EveryThreadIsThereWithItsWholeStackAndWhatItWaitsFor()
    {
        string[] lines = (await program.RunAsync(["threads"])).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.NotEmpty(lines);
        Assert.All(lines, line => Assert.EndsWith(": ok", line, StringComparison.Ordinal));
    }

    [ToolFact(Tools.Linux, Tools.NativeCompiler)]
    public async Task ValuesOfACustomProfileKeepTheStackThatAddedThem()
    {
        Assert.Equal("Opener.Open\n1 1 True 0\n", await program.RunAsync(["custom"]));
    }

    [ToolFact(Tools.Linux, Tools.NativeCompiler, Tools.ReadElf)]
    public async Task RowsOfManagedCodeAreThoseThatReadelfShows()
    {
        var addresses = new StringBuilder();
        var expected = new List<string>();
        foreach (ReadElfRow row in await ReadElfRow.OfAsync(program.Path))
        {
            foreach (ulong address in (ReadOnlySpan<ulong>)[row.Start, (row.Start + row.Limit) / 2, row.Limit - 1])
            {
                addresses.Append($"{address:x}\n");
                expected.Add(row.ToString());
            }
        }

        string[] actual = (await program.RunAsync(["rows"], addresses.ToString())).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.True(expected.Count > 10_000, $"only {expected.Count} rows were compared");
        Assert.Equal(expected, actual);
    }
}
