using Pprof.Testing;

namespace Pprof.EndToEnd.Tests;

/// <summary>The real <c>go tool pprof</c>, with a folder of its own for the profiles that it fetches.</summary>
internal sealed class GoToolPprof : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>What it prints, when it succeeds.</summary>
    public async Task<string> PrintAsync(params string[] arguments) => (await RunAsync(arguments)).Succeeded().Output;

    /// <summary>What it says on standard error, whether it succeeds or not.</summary>
    public async Task<ProcessResult> RunAsync(params string[] arguments) => await ChildProcess.RunAsync(
        Tools.PathOf(Tools.Go),
        // Its own patience is half a profile's length more, which a busy machine does not keep.
        ["tool", "pprof", "-timeout=120", .. arguments],
        _folder.Path,
        Environment);

    /// <summary>Its variables: PPROF_TMPDIR is where it saves what it fetches.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string> { ["PPROF_TMPDIR"] = _folder.Path };

    /// <summary>Saves a profile and returns its path.</summary>
    public async Task<string> FetchAsync(HttpClient client, string address) => Save(await client.GetByteArrayAsync(address));

    /// <summary>Saves a profile and returns its path.</summary>
    public string Save(byte[] profile)
    {
        string path = Path.Combine(_folder.Path, $"{Guid.NewGuid():n}.pb.gz");
        File.WriteAllBytes(path, profile);
        return path;
    }

    /// <summary>Saves a profile in text form and returns its path.</summary>
    public string Save(string text) => _folder.Write($"{Guid.NewGuid():n}.txt", text);

    public void Dispose() => _folder.Dispose();
}
