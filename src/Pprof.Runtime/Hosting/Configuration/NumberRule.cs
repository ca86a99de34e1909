namespace Pprof.Hosting.Configuration;

/// <summary>What an option can be that is a number. The same whoever sets it.</summary>
/// <param name="Option">The name of the option.</param>
/// <param name="Allowed">What it can be, as in "the option is …".</param>
/// <param name="Replacement">What is used where it is anything else.</param>
/// <param name="Least">The least that it can be.</param>
/// <param name="Most">The most.</param>
internal sealed record NumberRule(string Option, string Allowed, long Replacement, long Least = 0, long Most = long.MaxValue)
{
    public static readonly NumberRule CpuProfileRate =
        new(nameof(PprofOptions.CpuProfileRate), $"a number of samples a second from 1 to {PprofOptions.MaxCpuProfileRate}", PprofOptions.DefaultCpuProfileRate, 1, PprofOptions.MaxCpuProfileRate);

    public static readonly NumberRule MutexProfileFraction = new(nameof(PprofOptions.MutexProfileFraction), Count, 0, Most: int.MaxValue);
    public static readonly NumberRule BlockProfileRate = new(nameof(PprofOptions.BlockProfileRate), "0 or a positive number of nanoseconds", 0);
    public static readonly NumberRule MemoryProfileRate = new(nameof(PprofOptions.MemoryProfileRate), Bytes, PprofOptions.DefaultMemoryProfileRate);
    public static readonly NumberRule MaxProfileSamples = new(nameof(PprofOptions.MaxProfileSamples), Count, PprofOptions.DefaultMaxProfileSamples, Most: int.MaxValue);
    public static readonly NumberRule MaxProfileBytes =
        new(nameof(PprofOptions.MaxProfileBytes), "a number of bytes from 0 to 2147483647", PprofOptions.DefaultMaxProfileBytes, Most: int.MaxValue);

    public static readonly NumberRule SnapshotResidentLimit = new(nameof(PprofOptions.SnapshotResidentLimit), Bytes, PprofOptions.DefaultSnapshotResidentLimit);
    public static readonly NumberRule SnapshotMemoryLimit = new(nameof(PprofOptions.SnapshotMemoryLimit), Bytes, PprofOptions.DefaultSnapshotMemoryLimit);
    public static readonly NumberRule SnapshotEventLimit = new(nameof(PprofOptions.SnapshotEventLimit), Bytes, PprofOptions.DefaultSnapshotEventLimit);
    public static readonly NumberRule AsyncResidentLimit = new(nameof(PprofOptions.AsyncResidentLimit), Bytes, PprofOptions.DefaultAsyncResidentLimit);
    public static readonly NumberRule GoroutineAsync = new(nameof(PprofOptions.GoroutineAsync), "0 or 1", 1, Most: 1);

    private const string Bytes = "0 or a positive number of bytes";
    private const string Count = "a number from 0 to 2147483647";

    /// <summary>Whether it can be <paramref name="number"/>.</summary>
    public bool Allows(long number) => number >= Least && number <= Most;
}
