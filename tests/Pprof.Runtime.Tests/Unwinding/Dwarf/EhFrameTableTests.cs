using Pprof.Process;
using Pprof.Symbols.Elf;
using Pprof.Testing;
using Pprof.Unwinding.Dwarf;
using Xunit;
using Xunit.Abstractions;

namespace Pprof.Runtime.Tests.Unwinding.Dwarf;

public class EhFrameTableTests(ITestOutputHelper output)
{
    private static readonly ModuleTable s_modules = new(ProcessMap.Read());

    [ToolTheory(Tools.Linux, Tools.ReadElf)]
    [InlineData("libc")]
    [InlineData("libcoreclr")]
    [InlineData("libstdc++")]
    [InlineData("ld-linux")]
    public async Task RowsAreThoseThatReadelfShows(string name)
    {
        ElfModule module = Module(name);
        EhFrameTable? table = EhFrameTable.Load(module);
        Assert.NotNull(table);

        int rows = 0;
        foreach (ReadElfRow expected in await ReadElfRow.OfAsync(module.Path))
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

    [ToolTheory(Tools.Linux, Tools.ReadElf)]
    [InlineData("/usr/aarch64-linux-gnu/lib/libc.so.6")]
    public async Task RowsOfAnArm64LibraryAreThoseThatReadelfShows(string path)
    {
        if (ElfFile.Open(path) is not { } file)
        {
            output.WriteLine($"{path} is not here");
            return;
        }

        using (file)
        {
            EhFrameTable table = FromSection(file);
            List<ReadElfRow> rows = await ReadElfRow.OfAsync(path);
            foreach (ReadElfRow expected in rows)
            {
                Assert.True(table.TryFindRow((nuint)expected.Start, out UnwindRow row));
                Assert.Equal(expected.ToString(), UnwindRowText.Of(row, 0, UnwindRowText.Arm64Registers));
            }

            Assert.True(rows.Count > 1000, $"only {rows.Count} rows were compared");
        }
    }

    [Fact]
    public void ReturnAddressesOfArm64AreKnownToBeSigned()
    {
        // int f(int n) { int a[8]; a[0] = n; int r = g(a); return r + a[1]; } at 0x330, int leaf(int x) { return x * 3; }
        // at 0x3e8: clang --target=aarch64-linux-gnu -O1 -fasynchronous-unwind-tables -mbranch-protection=pac-ret+b-key.
        byte[] frames = Convert.FromHexString(
            "1400000000000000017a524200017c1e011b0c1f00000000180000001c000000"
            + "d8feffff3400000000442d4c0c1d109e029d0400" + "2000000038000000f0feffff"
            + "8400000000442d500c1d309302940495" + "0696089e0a9d0c00" + "1000000000000000"
            + "017a5200017c1e011b0c1f0010000000" + "180000003cffffff0800000000000000");
        EhFrameTable table = EhFrameTable.FromFrames(frames, 0x438);

        Assert.Equal([0x330, 0x364, 0x3e8], table.FunctionStarts.ToArray());
        Assert.True(table.TryFindRow(0x330, out UnwindRow first));
        Assert.Equal("330-334 cfa=sp+0", UnwindRowText.Of(first, 0, UnwindRowText.Arm64Registers));
        Assert.False(first.IsReturnAddressSigned);
        Assert.True(table.TryFindRow(0x334, out UnwindRow signed));
        Assert.True(signed.IsReturnAddressSigned);
        Assert.True(table.TryFindRow(0x363, out UnwindRow body));
        Assert.Equal("340-364 cfa=x29+16 x29=c-16 ra=c-8", UnwindRowText.Of(body, 0, UnwindRowText.Arm64Registers));
        Assert.True(body.IsReturnAddressSigned);
        Assert.True(table.TryFindRow(0x3e8, out UnwindRow leaf));
        Assert.Equal("3e8-3f0 cfa=sp+0", UnwindRowText.Of(leaf, 0, UnwindRowText.Arm64Registers));
        Assert.False(table.TryFindRow(0x3f0, out _));
        Assert.False(table.TryFindRow(0x32f, out _));
    }

    [LinuxFact]
    public void TheIndexOfTheHeaderIsThatOfTheFrames()
    {
        ElfModule module = Module("libc");
        using ElfFile file = ElfFile.Open(module.Path)!;
        EhFrameTable fromHeader = EhFrameTable.Load(module)!;
        EhFrameTable fromFrames = FromSection(file);

        Assert.Equal(
            fromHeader.FunctionStarts.ToArray(),
            fromFrames.FunctionStarts.ToArray().Select(s => s + module.LoadBias));
    }

    [LinuxFact]
    public void DamagedFramesGiveNoRowOrAnotherOneButNoException()
    {
        using ElfFile file = ElfFile.Open(Module("libc").Path)!;
        (byte[] intact, nuint address) = FrameSection(file);
        nuint[] starts = EhFrameTable.FromFrames(intact, address).FunctionStarts.ToArray();
        var random = new Random(1);
        int found = 0;
        for (int round = 0; round < 200; round++)
        {
            byte[] damaged = [.. intact];
            for (int i = 0; i < 2000; i++)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            EhFrameTable table = EhFrameTable.FromFrames(damaged, address);
            for (int i = 0; i < 500; i++)
            {
                found += table.TryFindRow(starts[random.Next(starts.Length)] + (nuint)random.Next(64), out _) ? 1 : 0;
            }
        }

        Assert.InRange(found, 1, 200 * 500);
    }

    [Theory]
    [InlineData("")]
    [InlineData("ffffffff")]
    [InlineData("ffffffffffffffffffffffff")]
    [InlineData("0000000000000000")]
    [InlineData("04000000ffffffff")]
    [InlineData("1400000000000000017a5200")]
    [InlineData("1000000000000000017a52ff7fffffff7fffff7f")]
    public void CutOffFramesAreAnEmptyTable(string bytes)
    {
        EhFrameTable table = EhFrameTable.FromFrames(Convert.FromHexString(bytes), 0x1000);

        Assert.Equal(0, table.FunctionStarts.Length);
        Assert.False(table.TryFindRow(0x1000, out _));
    }

    private static EhFrameTable FromSection(ElfFile file)
    {
        (byte[] data, nuint address) = FrameSection(file);
        return EhFrameTable.FromFrames(data, address);
    }

    private static (byte[] Data, nuint Address) FrameSection(ElfFile file)
    {
        byte[] names = file.ReadSection<byte>(file.Sections[file.Header.SectionNameIndex]);
        ElfSectionHeader section = file.Sections.Single(s => names.AsSpan((int)s.Name).StartsWith(".eh_frame\0"u8));
        return (file.ReadSection<byte>(section), (nuint)section.Address);
    }

    private static ElfModule Module(string name)
    {
        ProcessMapRegion region = s_modules.Map.Regions.First(
            r => r.IsExecutable && Path.GetFileName(r.Path) is var file
                && (file.StartsWith(name + ".so", StringComparison.Ordinal) || file.StartsWith(name + "-", StringComparison.Ordinal)));
        return s_modules.ModuleOf(region.Start) ?? throw new InvalidOperationException($"{name} is not a module");
    }
}
