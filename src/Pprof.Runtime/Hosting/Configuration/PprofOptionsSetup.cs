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
        options.CpuProfileRate = ReadNumber(section, nameof(options.CpuProfileRate), options.CpuProfileRate);
        options.MutexProfileFraction = ReadNumber(section, nameof(options.MutexProfileFraction), options.MutexProfileFraction);
        options.BlockProfileRate = ReadNumber(section, nameof(options.BlockProfileRate), options.BlockProfileRate);
        options.Labels = Read(section, nameof(options.Labels), options.Labels, options.Labels);
        options.MemoryProfile = Read(section, nameof(options.MemoryProfile), options.MemoryProfile, options.MemoryProfile);
        options.MemoryProfileRate = ReadNumber(section, nameof(options.MemoryProfileRate), options.MemoryProfileRate);
        options.SnapshotResidentLimit = ReadNumber(section, nameof(options.SnapshotResidentLimit), options.SnapshotResidentLimit);
        options.SnapshotMemoryLimit = ReadNumber(section, nameof(options.SnapshotMemoryLimit), options.SnapshotMemoryLimit);
        options.SnapshotEventLimit = ReadNumber(section, nameof(options.SnapshotEventLimit), options.SnapshotEventLimit);
        options.MaxProfileSamples = ReadNumber(section, nameof(options.MaxProfileSamples), options.MaxProfileSamples);
        options.MaxProfileBytes = ReadNumber(section, nameof(options.MaxProfileBytes), options.MaxProfileBytes);
        options.AsyncResidentLimit = ReadNumber(section, nameof(options.AsyncResidentLimit), options.AsyncResidentLimit);
        options.GoroutineAsync = ReadNumber(section, nameof(options.GoroutineAsync), options.GoroutineAsync);
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

        HostingLog.BadOption(_log, $"{PprofOptions.SectionName}:{key}", text, $"one of {string.Join(", ", Enum.GetNames<T>())}", fallback.ToString());
        return fallback;
    }

    // PprofOptionsRepair replaces what is no number with the default: none may be negative.
    private static long ReadNumber(IConfigurationSection section, string key, long current, long most = long.MaxValue) =>
        section[key] is not { Length: > 0 } text ? current
        : long.TryParse(text, out long number) && number >= 0 && number <= most ? number
        : -1;

    private static int ReadNumber(IConfigurationSection section, string key, int current) =>
        (int)ReadNumber(section, key, current, int.MaxValue);

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

        HostingLog.BadOption(_log, $"{PprofOptions.SectionName}:{key}", text, "true or false", bool.FalseString);
        return false;
    }

    private static bool IsFlags<T>() => typeof(T) == typeof(PprofProfiles) || typeof(T) == typeof(PprofLabelsOf);
}
