using System.Text;
using Pprof.Runtime.Tests.Symbols.Unwinding;
using Xunit;

namespace Pprof.Runtime.Tests.Symbols;

public class NativeAotTests(NativeAotProgram program) : IClassFixture<NativeAotProgram>
{
    [NativeAotFact]
    public void MethodsAreNamedAsTheyAreWritten()
    {
        string[] lines = program.Run(["names"]).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(NamedCase.All.Select(c => $"{c.Name}: ok"), lines);
    }

    [NativeAotFact]
    public void TheFirstMappingIsTheProgram()
    {
        string[] lines = program.Run(["mappings"]).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Matches($"^{System.Text.RegularExpressions.Regex.Escape(program.Path)} [0-9a-f]{{40}}$", lines[0]);
        Assert.Contains(lines, l => l.Contains("/libc.so", StringComparison.Ordinal));
    }

    [NativeAotFact]
    public void NativeFunctionsHaveTheNameOfTheirSymbolAndJunkHasNone()
    {
        Assert.Equal("getpid,,\n", program.Run(["native"]));
    }

    [NativeAotFact]
    public void ValuesOfACustomProfileKeepTheStackThatAddedThem()
    {
        Assert.Equal("Opener.Open\n1 1 True 0\n", program.Run(["custom"]));
    }

    [NativeAotFact]
    public void RowsOfManagedCodeAreThoseThatReadelfShows()
    {
        if (ReadElfRow.Missing is not null)
        {
            return;
        }

        var addresses = new StringBuilder();
        var expected = new List<string>();
        foreach (ReadElfRow row in ReadElfRow.Of(program.Path))
        {
            foreach (ulong address in (ReadOnlySpan<ulong>)[row.Start, (row.Start + row.Limit) / 2, row.Limit - 1])
            {
                addresses.Append($"{address:x}\n");
                expected.Add(row.ToString());
            }
        }

        string[] actual = program.Run(["rows"], addresses.ToString()).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.True(expected.Count > 10_000, $"only {expected.Count} rows were compared");
        Assert.Equal(expected, actual);
    }
}
