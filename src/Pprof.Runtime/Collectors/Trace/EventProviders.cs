using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Tracing;
using System.Globalization;
using Pprof.Sources.EventPipe;

namespace Pprof.Collectors.Trace;

/// <summary>
/// Reads <c>providers=</c> and <c>keywords=</c> as dotnet-trace's <c>--providers</c> and <c>--clrevents</c>: which events a
/// recording has.
/// </summary>
internal static class EventProviders
{
    public const string Providers = "providers";
    public const string Keywords = "keywords";

    // The runtime has room for some thousand; nobody reads that many.
    private const int MaxProviders = 32;
    private const int MaxNameLength = 256;
    private const string RuntimeName = "Microsoft-Windows-DotNETRuntime";
    private const string CounterArgument = "EventCounterIntervalSec=";

    // What dotnet-trace collects where nothing is said: its profiles dotnet-common and dotnet-sampled-thread-time
    // (github.com/dotnet/diagnostics, src/Tools/dotnet-trace).
    private static readonly EventProvider[] s_default =
    [
        new(RuntimeName, 0x10_0003_801D, EventLevel.Informational),
        new("Microsoft-DotNETCore-SampleProfiler", 0xF000_0000_0000, EventLevel.Informational),
    ];

    // The runtime's keywords by the names of dotnet-trace (ClrEtwAll.man in github.com/dotnet/runtime).
    private static readonly (string Name, ulong Keyword)[] s_keywords =
    [
        ("gc", 0x1), ("gchandle", 0x2), ("assemblyloader", 0x4), ("loader", 0x8), ("jit", 0x10), ("ngen", 0x20),
        ("security", 0x400), ("appdomainresourcemanagement", 0x800), ("jittracing", 0x1000), ("interop", 0x2000),
        ("contention", 0x4000), ("exception", 0x8000), ("threading", 0x1_0000), ("jittedmethodiltonativemap", 0x2_0000),
        ("type", 0x8_0000), ("gcheapdump", 0x10_0000), ("gcheapsurvivalandmovement", 0x40_0000), ("gcheapcollect", 0x80_0000),
        ("gcheapandtypenames", 0x100_0000), ("stack", 0x4000_0000), ("threadtransfer", 0x8000_0000), ("debugger", 0x1_0000_0000),
        ("monitoring", 0x2_0000_0000), ("codesymbols", 0x4_0000_0000), ("eventsource", 0x8_0000_0000), ("compilation", 0x10_0000_0000),
        ("compilationdiagnostic", 0x20_0000_0000), ("methoddiagnostic", 0x40_0000_0000), ("typediagnostic", 0x80_0000_0000),
        ("jitinstrumentationdata", 0x100_0000_0000), ("profiler", 0x200_0000_0000), ("waithandle", 0x400_0000_0000),
        ("allocationsampling", 0x800_0000_0000),
    ];

    /// <summary>The providers, or what the client is told where they cannot be read.</summary>
    public static bool TryRead(
        string providers, string keywords, [NotNullWhen(true)] out IReadOnlyList<EventProvider>? read, [NotNullWhen(false)] out string? refusal)
    {
        read = null;
        var found = new List<EventProvider>();
        foreach (string text in providers.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            refusal = Read(text, out EventProvider? provider)
                ?? (found.Exists(other => other.Name.Equals(provider!.Name, StringComparison.OrdinalIgnoreCase)) ? $"{provider!.Name} is there twice"
                    : found.Count == MaxProviders ? $"there are more than {MaxProviders}" : null);
            if (refusal is not null)
            {
                refusal = Refuse(Providers, refusal);
                return false;
            }

            found.Add(provider!);
        }

        if (keywords.Length > 0)
        {
            if (!TryReadKeywords(keywords, out ulong bits))
            {
                refusal = Refuse(Keywords, "must be a hexadecimal number, or names as of dotnet-trace --clrevents, such as gc+jit");
                return false;
            }

            if (found.Exists(static provider => provider.Name.Equals(RuntimeName, StringComparison.OrdinalIgnoreCase)))
            {
                refusal = Refuse(Keywords, $"those of {RuntimeName} are in \"{Providers}\" already");
                return false;
            }

            found.Add(new EventProvider(RuntimeName, bits, EventLevel.Informational));
        }

        read = found.Count > 0 ? found : s_default;
        refusal = null;
        return true;
    }

    private static string Refuse(string parameter, string why) => $"invalid value for \"{parameter}\" - {why}";

    /// <summary><c>Name:Keywords:Level:Arguments</c>, of which all but the name may be missing. What is wrong, or null.</summary>
    private static string? Read(string text, out EventProvider? provider)
    {
        provider = null;
        string[] parts = text.Split(':', 4);
        string name = parts[0].Trim();
        if (name.Length is 0 or > MaxNameLength || !name.All(static letter => letter is > ' ' and <= '~'))
        {
            return $"\"{Cut(name)}\" is no name of a provider; each must be Name:Keywords:Level, with commas between them";
        }

        ulong keywords = 0;
        if (parts.Length > 1 && parts[1].Trim() is { Length: > 0 } bits && !TryReadHexadecimal(bits, out keywords))
        {
            return $"\"{Cut(bits)}\": the keywords of {name} must be a hexadecimal number";
        }

        EventLevel level = EventLevel.Informational;
        if (parts.Length > 2 && parts[2].Trim() is { Length: > 0 } verbosity && !TryReadLevel(verbosity, out level))
        {
            return $"\"{Cut(verbosity)}\": the level of {name} must be an integer from 1 to 5, or Critical, Error, Warning, Informational or Verbose";
        }

        int? seconds = null;
        if (parts.Length > 3 && parts[3].Trim() is { Length: > 0 } argument)
        {
            // Others can have the runtime read any property of any object.
            if (!argument.StartsWith(CounterArgument, StringComparison.OrdinalIgnoreCase)
                || !int.TryParse(argument.AsSpan(CounterArgument.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int interval)
                || interval is < 1 or > 3600)
            {
                return $"\"{Cut(argument)}\": the only argument that is taken is {CounterArgument}N, with N from 1 to 3600";
            }

            seconds = interval;
        }

        provider = new EventProvider(name, keywords, level, seconds);
        return null;
    }

    private static bool TryReadKeywords(string text, out ulong bits)
    {
        if (TryReadHexadecimal(text, out bits))
        {
            return true;
        }

        // A plus sign of the query string is a space.
        foreach (string name in text.Split(['+', ' ', ','], StringSplitOptions.RemoveEmptyEntries))
        {
            ulong keyword = s_keywords.FirstOrDefault(known => known.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Keyword;
            if (keyword == 0)
            {
                return false;
            }

            bits |= keyword;
        }

        return bits != 0;
    }

    private static bool TryReadHexadecimal(string text, out ulong value) => ulong.TryParse(
        text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? text.AsSpan(2) : text,
        NumberStyles.AllowHexSpecifier,
        CultureInfo.InvariantCulture,
        out value);

    private static bool TryReadLevel(string text, out EventLevel level)
    {
        level = text.ToUpperInvariant() switch
        {
            "1" or "CRITICAL" => EventLevel.Critical,
            "2" or "ERROR" => EventLevel.Error,
            "3" or "WARNING" => EventLevel.Warning,
            "4" or "INFORMATIONAL" => EventLevel.Informational,
            "5" or "VERBOSE" => EventLevel.Verbose,
            _ => EventLevel.LogAlways,
        };
        return level != EventLevel.LogAlways;
    }

    private static string Cut(string text) => text.Length > 64 ? text[..64] + "…" : text;
}
