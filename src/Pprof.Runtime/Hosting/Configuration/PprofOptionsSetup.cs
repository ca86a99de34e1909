using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Pprof.CompilerServices;

namespace Pprof.Hosting.Configuration;

/// <summary>
/// Sets the options to what the attribute says, then to what the configuration section says. By hand, because the
/// binder of the configuration package reflects and would throw at a bad value in the middle of a request.
/// </summary>
internal sealed class PprofOptionsSetup(
    PprofManifest manifest, ILoggerFactory loggers, IConfiguration? configuration = null) : IConfigureOptions<PprofOptions>
{
    private static readonly string[] s_options =
    [
        nameof(PprofOptions.Path), nameof(PprofOptions.ListenUrl), nameof(PprofOptions.Access), nameof(PprofOptions.AuthorizationPolicy),
        nameof(PprofOptions.AllowedNetworks), nameof(PprofOptions.Secret),
        nameof(PprofOptions.Profiles), nameof(PprofOptions.CpuProfileRate), nameof(PprofOptions.MutexProfileFraction),
        nameof(PprofOptions.BlockProfileRate), nameof(PprofOptions.Labels), nameof(PprofOptions.MemoryProfile), nameof(PprofOptions.MemoryProfileRate),
        nameof(PprofOptions.ThreadCreation), nameof(PprofOptions.MaxProfileSamples), nameof(PprofOptions.MaxProfileBytes), nameof(PprofOptions.SnapshotResidentLimit),
        nameof(PprofOptions.SnapshotMemoryLimit), nameof(PprofOptions.SnapshotEventLimit), nameof(PprofOptions.GoroutineAsync), nameof(PprofOptions.AsyncResidentLimit),
    ];

    private readonly ILogger _log = loggers.CreateLogger(HostingLog.Category);

    /// <inheritdoc/>
    public void Configure(PprofOptions options)
    {
        manifest.Configure(options);
        if (configuration?.GetSection(PprofOptions.SectionName) is not { } section)
        {
            return;
        }

        options.Path = section[nameof(options.Path)] ?? options.Path;
        options.ListenUrl = section[nameof(options.ListenUrl)] ?? options.ListenUrl;
        options.AuthorizationPolicy = section[nameof(options.AuthorizationPolicy)] ?? options.AuthorizationPolicy;
        options.AllowedNetworks = ReadList(section, nameof(options.AllowedNetworks)) ?? options.AllowedNetworks;
        options.Secret = section[nameof(options.Secret)] ?? options.Secret;
        options.Profiles = Read(section, nameof(options.Profiles), options.Profiles, options.Profiles);

        // A word that is not understood closes the door: it was meant to change who may come in.
        options.Access = Read(section, nameof(options.Access), options.Access, PprofAccess.Loopback);
        options.CpuProfileRate = (int)ReadNumber(section, NumberRule.CpuProfileRate, options.CpuProfileRate);
        options.MutexProfileFraction = (int)ReadNumber(section, NumberRule.MutexProfileFraction, options.MutexProfileFraction);
        options.BlockProfileRate = ReadNumber(section, NumberRule.BlockProfileRate, options.BlockProfileRate);
        options.Labels = Read(section, nameof(options.Labels), options.Labels, options.Labels);
        options.MemoryProfile = Read(section, nameof(options.MemoryProfile), options.MemoryProfile, options.MemoryProfile);
        options.MemoryProfileRate = ReadNumber(section, NumberRule.MemoryProfileRate, options.MemoryProfileRate);
        options.SnapshotResidentLimit = ReadNumber(section, NumberRule.SnapshotResidentLimit, options.SnapshotResidentLimit);
        options.SnapshotMemoryLimit = ReadNumber(section, NumberRule.SnapshotMemoryLimit, options.SnapshotMemoryLimit);
        options.SnapshotEventLimit = ReadNumber(section, NumberRule.SnapshotEventLimit, options.SnapshotEventLimit);
        options.MaxProfileSamples = (int)ReadNumber(section, NumberRule.MaxProfileSamples, options.MaxProfileSamples);
        options.MaxProfileBytes = (int)ReadNumber(section, NumberRule.MaxProfileBytes, options.MaxProfileBytes);
        options.AsyncResidentLimit = ReadNumber(section, NumberRule.AsyncResidentLimit, options.AsyncResidentLimit);
        options.GoroutineAsync = (int)ReadNumber(section, NumberRule.GoroutineAsync, options.GoroutineAsync);
        options.ThreadCreation = ReadSwitch(section, nameof(options.ThreadCreation), options.ThreadCreation);
        WarnOfUnknown(section);
    }

    private void WarnOfUnknown(IConfigurationSection section)
    {
        foreach (IConfigurationSection child in section.GetChildren())
        {
            if (!s_options.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
            {
                HostingLog.UnknownOption(_log, child.Path, string.Join(", ", s_options));
            }
        }
    }

    // One text, or, as a settings file has it, an array.
    private static string? ReadList(IConfigurationSection section, string key)
    {
        string? list = null;
        foreach (IConfigurationSection entry in section.GetSection(key).GetChildren())
        {
            list = list is null ? entry.Value ?? "" : $"{list}, {entry.Value}";
        }

        return list ?? section[key];
    }

    private T Read<T>(IConfigurationSection section, string key, T current, T fallback)
        where T : struct, Enum
    {
        if (section[key] is not { Length: > 0 } text)
        {
            return current;
        }

        if (Enum.TryParse(text, ignoreCase: true, out T value) && (Enum.IsDefined(value) || IsFlags<T>()))
        {
            return value;
        }

        HostingLog.BadOption(_log, key, text, $"one of {string.Join(", ", Enum.GetNames<T>())}", fallback.ToString());
        return fallback;
    }

    // Here and not where code's own values are replaced, because only here it is known what was written.
    private long ReadNumber(IConfigurationSection section, NumberRule rule, long current)
    {
        if (section[rule.Option] is not { Length: > 0 } text)
        {
            return current;
        }

        if (long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out long number) && rule.Allows(number))
        {
            return number;
        }

        HostingLog.BadOption(_log, rule.Option, text, rule.Allowed, rule.Replacement.ToString(CultureInfo.InvariantCulture));
        return rule.Replacement;
    }

    private bool ReadSwitch(IConfigurationSection section, string key, bool current)
    {
        if (section[key] is not { Length: > 0 } text)
        {
            return current;
        }

        if (bool.TryParse(text, out bool value))
        {
            return value;
        }

        HostingLog.BadOption(_log, key, text, "true or false", bool.FalseString);
        return false;
    }

    private static bool IsFlags<T>() => typeof(T) == typeof(PprofProfiles) || typeof(T) == typeof(PprofLabelsOf);
}
