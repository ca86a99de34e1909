using System.Text.Json;

namespace Pprof.Testing.Perfetto;

/// <summary>The real trace processor of Perfetto, which is what its page reads traces with.</summary>
internal static class TraceProcessor
{
    /// <summary>What it found wrong with a trace, and what it left out.</summary>
    public const string Errors = "SELECT name, value FROM stats WHERE severity IN ('error', 'data_loss') AND value > 0";

    /// <summary>What marks a line of answers among what it says by itself.</summary>
    private const char Mark = '@';

    /// <summary>Has it read traces.</summary>
    /// <param name="traces">Their bytes.</param>
    /// <param name="queries">In SQL.</param>
    /// <returns>For each trace the rows of each query.</returns>
    public static async Task<IReadOnlyList<IReadOnlyList<JsonElement[]>>> AskAsync(IReadOnlyList<byte[]> traces, params string[] queries)
    {
        using var folder = new TemporaryFolder();
        for (int i = 0; i < traces.Count; i++)
        {
            await File.WriteAllBytesAsync(Path.Combine(folder.Path, $"{i:D6}.perfetto-trace"), traces[i]);
        }

        string script = Repository.PathOf("tests", "Shared", "Perfetto", "trace-processor.mjs");
        ProcessResult result = await ChildProcess.RunAsync(Tools.PathOf(Tools.TraceProcessor), [script, Tools.TraceProcessorFolder, folder.Path, .. queries]);
        return
        [
            .. result.Succeeded().Output.Split('\n').Where(static line => line.StartsWith(Mark))
                .Select(static line => JsonSerializer.Deserialize<JsonElement[][]>(line.AsSpan(1))!),
        ];
    }

    /// <summary>The same of one trace.</summary>
    public static async Task<IReadOnlyList<JsonElement[]>> AskAsync(byte[] trace, params string[] queries) => (await AskAsync([trace], queries)).Single();
}
