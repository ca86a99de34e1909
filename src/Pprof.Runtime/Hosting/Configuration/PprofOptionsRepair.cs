using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Pprof.Endpoints;
using Pprof.Endpoints.Access;

namespace Pprof.Hosting.Configuration;

/// <summary>
/// Replaces values that cannot work, whoever set them, so that everyone behind can rely on the options. A diagnostic
/// tool that is badly configured warns; it does not stop the service.
/// </summary>
internal sealed class PprofOptionsRepair(ILoggerFactory loggers) : IPostConfigureOptions<PprofOptions>
{
    // 16 random characters of a keyboard are some 100 bits.
    private const int LeastSecretLength = 16;
    private const string Bytes = "0 or a positive number of bytes";

    private readonly ILogger _log = loggers.CreateLogger(HostingLog.Category);

    /// <inheritdoc/>
    public void PostConfigure(string? name, PprofOptions options) => Apply(options, _log);

    /// <summary>The same for options that belong to no host.</summary>
    public static void Apply(PprofOptions options, ILogger log)
    {
        if (!EndpointPath.TryNormalizePrefix(options.Path, out string? prefix))
        {
            HostingLog.BadOption(log, nameof(options.Path), options.Path, "a path that begins with /", PprofOptions.DefaultPath);
            prefix = PprofOptions.DefaultPath;
        }

        options.Path = prefix;
        if (options.AllowedNetworks is { } networks)
        {
            options.AllowedNetworks = OnlyNetworks(networks, log);
        }

        if (options.Secret is { Length: < LeastSecretLength } secret)
        {
            HostingLog.ShortSecret(log, secret.Length, LeastSecretLength);
        }

        if (options.CpuProfileRate is < 1 or > PprofOptions.MaxCpuProfileRate)
        {
            HostingLog.BadOption(log, nameof(options.CpuProfileRate), $"{options.CpuProfileRate}", $"a number of signals a second from 1 to {PprofOptions.MaxCpuProfileRate}", $"{PprofOptions.DefaultCpuProfileRate}");
            options.CpuProfileRate = PprofOptions.DefaultCpuProfileRate;
        }

        options.MutexProfileFraction = (int)NotNegative(log, nameof(options.MutexProfileFraction), options.MutexProfileFraction, "0 or a positive number", 0);
        options.BlockProfileRate = NotNegative(log, nameof(options.BlockProfileRate), options.BlockProfileRate, "0 or a positive number of nanoseconds", 0);
        options.MemoryProfileRate = NotNegative(log, nameof(options.MemoryProfileRate), options.MemoryProfileRate, Bytes, PprofOptions.DefaultMemoryProfileRate);
        options.SnapshotResidentLimit = NotNegative(log, nameof(options.SnapshotResidentLimit), options.SnapshotResidentLimit, Bytes, PprofOptions.DefaultSnapshotResidentLimit);
        options.SnapshotMemoryLimit = NotNegative(log, nameof(options.SnapshotMemoryLimit), options.SnapshotMemoryLimit, Bytes, PprofOptions.DefaultSnapshotMemoryLimit);
        options.SnapshotEventLimit = NotNegative(log, nameof(options.SnapshotEventLimit), options.SnapshotEventLimit, Bytes, PprofOptions.DefaultSnapshotEventLimit);
        options.AsyncResidentLimit = NotNegative(log, nameof(options.AsyncResidentLimit), options.AsyncResidentLimit, Bytes, PprofOptions.DefaultAsyncResidentLimit);
        options.MaxProfileSamples = (int)NotNegative(log, nameof(options.MaxProfileSamples), options.MaxProfileSamples, "0 or a positive number", PprofOptions.DefaultMaxProfileSamples);
        options.MaxProfileBytes = (int)NotNegative(log, nameof(options.MaxProfileBytes), options.MaxProfileBytes, Bytes, PprofOptions.DefaultMaxProfileBytes);
        if (options.GoroutineAsync is not (0 or 1))
        {
            HostingLog.BadOption(log, nameof(options.GoroutineAsync), $"{options.GoroutineAsync}", "0 or 1", "1");
            options.GoroutineAsync = 1;
        }

        if (string.IsNullOrWhiteSpace(options.ListenUrl))
        {
            options.ListenUrl = null;
        }
    }

    private static long NotNegative(ILogger log, string option, long value, string allowed, long replacement)
    {
        if (value >= 0)
        {
            return value;
        }

        HostingLog.BadOption(log, option, $"{value}", allowed, $"{replacement}");
        return replacement;
    }

    // What is no network is left out, and admits nobody: it was meant to say who may come in.
    private static string OnlyNetworks(string networks, ILogger log)
    {
        string[] entries = NetworkList.Split(networks);
        string known = string.Join(", ", entries.Where(NetworkList.IsNetwork));
        if (entries.Length == 0 || !Array.TrueForAll(entries, NetworkList.IsNetwork))
        {
            HostingLog.BadOption(log, nameof(PprofOptions.AllowedNetworks), networks, "a list of networks such as 10.0.0.0/8, each with its first address", known);
        }

        return known;
    }
}
