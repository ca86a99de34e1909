using System.Globalization;
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

    private readonly ILogger _log = loggers.CreateLogger(HostingLog.Category);

    /// <inheritdoc/>
    public void PostConfigure(string? name, PprofOptions options) => Apply(options, _log);

    /// <summary>The same for options that belong to no host.</summary>
    public static void Apply(PprofOptions options, ILogger log)
    {
        if (!EndpointPath.TryNormalizePrefix(options.Path, out string? prefix))
        {
            HostingLog.BadOption(log, nameof(options.Path), options.Path, "a path such as /debug/pprof, of segments that are not empty and have none of ? # { } * % \\ and space", PprofOptions.DefaultPath);
            prefix = PprofOptions.DefaultPath;
        }

        options.Path = prefix;
        if (options.AllowedNetworks is { } networks)
        {
            options.AllowedNetworks = OnlyNetworks(networks, log);
        }

        if (options.Secret is "")
        {
            HostingLog.EmptySecret(log);
        }
        else if (options.Secret is { Length: < LeastSecretLength } secret)
        {
            HostingLog.ShortSecret(log, secret.Length, LeastSecretLength);
        }

        if (options.Access != PprofAccess.Policy && !string.IsNullOrEmpty(options.AuthorizationPolicy))
        {
            HostingLog.PolicyNotAsked(log, options.AuthorizationPolicy);
        }

        options.CpuProfileRate = (int)Repaired(log, NumberRule.CpuProfileRate, options.CpuProfileRate);
        options.MutexProfileFraction = (int)Repaired(log, NumberRule.MutexProfileFraction, options.MutexProfileFraction);
        options.BlockProfileRate = Repaired(log, NumberRule.BlockProfileRate, options.BlockProfileRate);
        options.MemoryProfileRate = Repaired(log, NumberRule.MemoryProfileRate, options.MemoryProfileRate);
        options.SnapshotResidentLimit = Repaired(log, NumberRule.SnapshotResidentLimit, options.SnapshotResidentLimit);
        options.SnapshotMemoryLimit = Repaired(log, NumberRule.SnapshotMemoryLimit, options.SnapshotMemoryLimit);
        options.SnapshotEventLimit = Repaired(log, NumberRule.SnapshotEventLimit, options.SnapshotEventLimit);
        options.AsyncResidentLimit = Repaired(log, NumberRule.AsyncResidentLimit, options.AsyncResidentLimit);
        options.MaxProfileSamples = (int)Repaired(log, NumberRule.MaxProfileSamples, options.MaxProfileSamples);
        options.MaxProfileBytes = (int)Repaired(log, NumberRule.MaxProfileBytes, options.MaxProfileBytes);
        options.GoroutineAsync = (int)Repaired(log, NumberRule.GoroutineAsync, options.GoroutineAsync);
        if (string.IsNullOrWhiteSpace(options.ListenUrl))
        {
            options.ListenUrl = null;
        }
    }

    private static long Repaired(ILogger log, NumberRule rule, long number)
    {
        if (rule.Allows(number))
        {
            return number;
        }

        HostingLog.BadOption(log, rule.Option, number.ToString(CultureInfo.InvariantCulture), rule.Allowed, rule.Replacement.ToString(CultureInfo.InvariantCulture));
        return rule.Replacement;
    }

    // What is no network is left out, and admits nobody: it was meant to say who may come in.
    private static string OnlyNetworks(string networks, ILogger log)
    {
        string[] entries = NetworkList.Split(networks);
        string known = string.Join(", ", entries.Where(NetworkList.IsNetwork));
        if (known.Length == 0)
        {
            HostingLog.NoNetwork(log, networks);
        }
        else if (!Array.TrueForAll(entries, NetworkList.IsNetwork))
        {
            HostingLog.BadOption(log, nameof(PprofOptions.AllowedNetworks), networks, "a list of networks such as 10.0.0.0/8, each with its first address", known);
        }

        return known;
    }
}
