using Pprof.Tool.Proto;
using Pprof.Tool.Reading;
using Xunit;

namespace Pprof.Tool.Tests;

/// <summary>A dump of dotnet-gcdump, whose own report has the figures.</summary>
public sealed class GcDumpTests : IDisposable
{
    private const string Dump = "small.gcdump";

    private readonly TemporaryFolder _folder = new();

    private string Converted => Path.Combine(_folder.Path, "small.pb.gz");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task TypesHaveTheFiguresOfTheReport()
    {
        await ToolRun.PrintAsync("convert", Recorded.PathOf(Dump), "-o", Converted);
        Profile profile = (await ProfileFile.LoadAsync(Converted, CancellationToken.None)).Profile;

        // dotnet-gcdump report: 254,895 GC Heap bytes; its column of counts has this sum.
        Assert.Equal(254_895, profile.Sample.Sum(sample => sample.Value[1]));
        Assert.Equal(2_915, profile.Sample.Sum(sample => sample.Value[0]));

        // 811 System.String, and one with more than 10 KB; 98 KnownHeader.
        string[] lines = (await ToolRun.PrintAsync("top", "--sample-index", "objects", Converted)).Split('\n');
        Assert.Contains("Type: objects", lines);
        Assert.Equal("812", ObjectsOf(lines, "string"));
        Assert.Equal("98", ObjectsOf(lines, "System.Net.Http.Headers.KnownHeader"));
        Assert.Contains(" 1 ", (await ToolRun.PrintAsync("top", "--sample-index", "objects", "--tagfocus", "size=10K", Converted)).Split('\n').First(line => line.EndsWith(" string", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(5_000)]
    [InlineData(60_000)]
    public async Task ADumpThatIsCutShortIsAnError(int length)
    {
        string cut = Path.Combine(_folder.Path, "cut.gcdump");
        await File.WriteAllBytesAsync(cut, (await File.ReadAllBytesAsync(Recorded.PathOf(Dump)))[..length]);
        ToolRun run = await ToolRun.RunAsync("convert", cut, "-o", Converted);

        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith($"{cut} cannot be read: ", Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.False(File.Exists(Converted));
    }

    private static string ObjectsOf(string[] lines, string type) =>
        lines.First(line => line.EndsWith("  " + type, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
}
