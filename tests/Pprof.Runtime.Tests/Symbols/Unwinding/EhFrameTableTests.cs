using Pprof.Symbols;
using Pprof.Symbols.Elf;
using Pprof.Symbols.Unwinding;
using Xunit;
using Xunit.Abstractions;

namespace Pprof.Runtime.Tests.Symbols.Unwinding;

public class EhFrameTableTests(ITestOutputHelper output)
{
    private static readonly ModuleTable s_modules = new(ProcessMap.Read());

    [ReadElfTheory]
    [InlineData("libc")]
    [InlineData("libcoreclr")]
    [InlineData("libstdc++")]
    [InlineData("ld-linux-x86-64")]
    public void RowsAreThoseThatReadelfShows(string name)
    {
        ElfModule module = Module(name);
        EhFrameTable? table = EhFrameTable.Load(module);
        Assert.NotNull(table);

        int rows = 0;
        foreach (ReadElfRow expected in ReadElfRow.Of(module.Path))
        {
            foreach (ulong address in (ReadOnlySpan<ulong>)[expected.Start, (expected.Start + expected.Limit) / 2, expected.Limit - 1])
            {
                nuint pc = module.LoadBias + (nuint)address;
                Assert.True(table.TryFindRow(pc, out UnwindRow row), $"no row for 0x{address:x}");
                Assert.Equal(expected.ToString(), UnwindRowText.Of(row, module.LoadBias));
            }

            rows++;
        }

        output.WriteLine($"{name}: {rows} rows of {table.FunctionStarts.Length} functions");
        Assert.True(rows > 1000, $"only {rows} rows were compared");
    }

    private static ElfModule Module(string name)
    {
        ProcessMapRegion region = s_modules.Map.Regions.First(
            r => r.IsExecutable && Path.GetFileName(r.Path) is var file
                && (file.StartsWith(name + ".so", StringComparison.Ordinal) || file.StartsWith(name + "-", StringComparison.Ordinal)));
        return s_modules.ModuleOf(region.Start) ?? throw new InvalidOperationException($"{name} is not a module");
    }
}
