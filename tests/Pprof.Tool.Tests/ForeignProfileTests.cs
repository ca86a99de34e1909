using System.IO.Compression;
using Pprof.EndToEnd.Tests;
using Pprof.Testing;
using Pprof.Tool.Reading;
using Xunit;

namespace Pprof.Tool.Tests;

/// <summary>Profiles of other languages are read as by the real tool, and what is none is refused in one line.</summary>
public sealed class ForeignProfileTests : IDisposable
{
    private const int Mutations = 300;

    private static readonly Dictionary<string, byte[]> s_profiles = new()
    {
        ["rust"] = ForeignProfiles.Rust(),
        ["python"] = ForeignProfiles.Python(),
        ["unsymbolized"] = ForeignProfiles.Unsymbolized(),
        ["unpacked"] = ForeignProfiles.Unpacked(),
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [ToolTheory(Tools.Go)]
    [InlineData("rust", "")]
    [InlineData("rust", "-cum -sample_index=samples")]
    [InlineData("rust", "-tagfocus=thread=worker-1")]
    [InlineData("rust", "-tagroot=thread")]
    [InlineData("python", "")]
    [InlineData("python", "-cum -sample_index=sample")]
    [InlineData("python", "-focus=views.py")]
    [InlineData("unsymbolized", "")]
    [InlineData("unsymbolized", "-cum")]
    [InlineData("unpacked", "")]
    public async Task TheTableIsThatOfTheRealTool(string name, string options)
    {
        using var go = new GoToolPprof();
        string[] arguments = options.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string plain = Write(name + ".pb", s_profiles[name]);
        string compressed = Write(name + ".pb.gz", Compress(s_profiles[name]));
        string expected = await go.PrintAsync(["-top", .. arguments, plain]);

        Assert.Contains("Showing nodes accounting for ", expected, StringComparison.Ordinal);
        Assert.Equal(TopTests.Lines(expected), TopTests.Lines(await ToolRun.PrintAsync(["top", .. arguments, plain])));
        Assert.Equal(TopTests.Lines(expected), TopTests.Lines(await ToolRun.PrintAsync(["top", .. arguments, compressed])));
    }

    [ToolTheory(Tools.Go)]
    [InlineData("rust")]
    [InlineData("python")]
    [InlineData("unsymbolized")]
    public async Task TheyAreAddedUpAndDrawn(string name)
    {
        using var go = new GoToolPprof();
        string file = Write(name, s_profiles[name]);
        string sum = Path.Combine(_folder.Path, "sum.pb.gz");
        await ToolRun.PrintAsync("merge", file, file, "-o", sum);
        string page = Path.Combine(_folder.Path, "flame.html");
        await ToolRun.PrintAsync("flame", file, "-o", page);

        Assert.Equal(
            TopTests.Lines(await go.PrintAsync("-top", file, file)),
            TopTests.Lines(await go.PrintAsync("-top", sum)));
        Assert.Contains("<script", await File.ReadAllTextAsync(page), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheOlderFormatOfGperftoolsIsNamed()
    {
        // Header, one sample of one frame, trailer.
        ulong[] words = [0, 3, 0, 10_000, 0, 1, 1, 0x401234, 0, 1, 0];
        ToolRun run = await ToolRun.RunAsync("top", Write("old", [.. words.SelectMany(BitConverter.GetBytes)]));

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("the older format of gperftools; go tool pprof -proto makes one of it", OneLine(run), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatEndsTooEarlyIsAnError()
    {
        byte[] whole = await File.ReadAllBytesAsync(Recorded.PathOf(Recorded.Heap1));
        foreach (int length in new[] { 0, 1, 2, 10, whole.Length / 2, whole.Length - 100 })
        {
            ToolRun run = await ToolRun.RunAsync("top", Write($"short{length}", whole[..length]));

            Assert.True(run.ExitCode == 1, $"{length}: {run.Output}");
            Assert.Contains("is no pprof profile", OneLine(run), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void WhatBecomesTooLargeIsRefusedBeforeItIs()
    {
        // A thousand times as large as the file is.
        byte[] bomb = Compress(new byte[16 << 20]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        ToolException refused = Assert.Throws<ToolException>(() => ProfileFile.Parse(bomb, "bomb", "bomb", maxBytes: 1 << 20));

        Assert.Equal("bomb has more than 1048576 bytes before compression", refused.Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
    }

    [Fact]
    public async Task WhatIsDamagedAnywhereIsReadOrRefusedInOneLine()
    {
        byte[][] profiles = [.. s_profiles.Values];
        for (int seed = 0; seed < Mutations; seed++)
        {
            var random = new Random(seed);
            byte[] damaged = [.. profiles[seed % profiles.Length]];
            for (int i = random.Next(1, 4); i > 0; i--)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);

            ToolRun run = await ToolRun.RunAsync("top", Write("damaged", damaged));

            // An exception that nobody expected has its type before its text.
            Assert.True(run.ExitCode is 0 || (run.ExitCode is 1 && !OneLine(run).Contains("Exception: ", StringComparison.Ordinal)), $"{seed}: {run.Error}");
        }
    }

    private static string OneLine(ToolRun run)
    {
        Assert.Empty(run.Output);
        return Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static byte[] Compress(byte[] content)
    {
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
            gzip.Write(content);

        return compressed.ToArray();
    }

    private string Write(string name, byte[] content)
    {
        string file = Path.Combine(_folder.Path, name);
        File.WriteAllBytes(file, content);
        return file;
    }
}
