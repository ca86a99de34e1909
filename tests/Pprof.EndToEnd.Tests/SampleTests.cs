using Xunit;

namespace Pprof.EndToEnd.Tests;

/// <summary>Tests that drive the real tool against a sample.</summary>
[Collection(nameof(Samples))]
public abstract class SampleTests(Samples samples) : IDisposable
{
    // 250 Hz is as fast as the timers of common kernels tick.
    internal const string FiveSeconds = "/debug/pprof/profile?seconds=5&hz=250";
    private protected const string OneSecond = "/debug/pprof/profile?seconds=1";

    private protected Samples Samples => samples;

    private protected GoToolPprof Pprof { get; } = new();

    public void Dispose()
    {
        Pprof.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Saves the CPU profile of a sample that its tests share.</summary>
    private protected async Task<string> FetchSharedAsync(string sample) => Pprof.Save(await samples.ProfileAsync(sample));

    /// <summary>Saves a profile of a sample.</summary>
    private protected async Task<string> FetchAsync(string sample, string address) =>
        await Pprof.FetchAsync((await samples.StartAsync(sample)).Client, address);
}
