using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Pprof.CompilerServices;

namespace Pprof.Tool.Collecting;

/// <summary>
/// Where a service is asked for a profile, in the forms that the pprof tool takes: a profile's URL, the URL of all, or host
/// and port alone. What proves who asks is kept apart from what is shown.
/// </summary>
internal sealed partial class ProfileAddress
{
    /// <summary>The profile that is no profile, but an execution trace.</summary>
    public const string Trace = "trace";

    private const string DefaultBase = "/debug/pprof/";
    private const string DefaultProfile = "profile";

    // What a service collects that is not told for how long, by the last part of the path.
    private static readonly Dictionary<string, int> s_defaultSeconds = DefaultSeconds();

    private ProfileAddress(Uri uri, string user)
    {
        Uri = uri;
        User = user;
        ProfileName = Uri.UnescapeDataString(uri.AbsolutePath[(uri.AbsolutePath.LastIndexOf('/') + 1)..]);
        Seconds = SecondsOf(uri.Query, ProfileName);
    }

    /// <summary>What is asked for, without user and password.</summary>
    public Uri Uri { get; }

    /// <summary>User and password as <c>user:password</c>, or empty.</summary>
    public string User { get; }

    /// <summary>The name of the host.</summary>
    public string Host => Uri.Host;

    /// <summary>The last part of the path.</summary>
    public string ProfileName { get; }

    /// <summary>The seconds that the answer takes; 0 for a snapshot.</summary>
    public int Seconds { get; }

    /// <summary>Whether this is an address and not the name of a file.</summary>
    public static bool IsAddress(string source) => !File.Exists(source) && (HasScheme(source) || HostAndPort().IsMatch(source));

    /// <summary>The address that <paramref name="source"/> stands for.</summary>
    /// <param name="source">What the user wrote.</param>
    /// <param name="profile">The profile below it, or null where it names one itself.</param>
    /// <param name="seconds">The seconds to collect, or null for those of the address.</param>
    /// <exception cref="ToolException">It is none.</exception>
    public static ProfileAddress Of(string source, string? profile, int? seconds)
    {
        if (!Uri.TryCreate(HasScheme(source) ? source : "http://" + source, UriKind.Absolute, out Uri? uri) || uri.Host.Length == 0)
        {
            throw new ToolException($"{WithoutUser(source)} is no URL");
        }

        var built = new UriBuilder(uri) { UserName = "", Password = "", Fragment = "", Path = PathOf(uri.AbsolutePath, profile) };
        if (seconds is { } wanted)
        {
            IEnumerable<string> others = uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)
                .Where(static parameter => !parameter.StartsWith("seconds=", StringComparison.Ordinal));
            built.Query = string.Join('&', [.. others, string.Create(CultureInfo.InvariantCulture, $"seconds={wanted}")]);
        }

        return new ProfileAddress(built.Uri, Uri.UnescapeDataString(uri.UserInfo));
    }

    /// <inheritdoc/>
    public override string ToString() => Uri.ToString();

    private static string PathOf(string path, string? profile)
    {
        if (path is "" or "/")
        {
            return DefaultBase + (profile ?? DefaultProfile);
        }

        string trimmed = path.TrimEnd('/');
        if (profile is not null)
        {
            return trimmed.EndsWith("/" + profile, StringComparison.Ordinal) ? trimmed : $"{trimmed}/{profile}";
        }

        return trimmed + "/" == DefaultBase || path.EndsWith('/') ? $"{trimmed}/{DefaultProfile}" : path;
    }

    private static int SecondsOf(string query, string profile)
    {
        foreach (string parameter in query.TrimStart('?').Split('&'))
        {
            if (parameter.StartsWith("seconds=", StringComparison.Ordinal)
                && int.TryParse(parameter["seconds=".Length..], NumberStyles.None, CultureInfo.InvariantCulture, out int seconds))
            {
                return seconds;
            }
        }

        return s_defaultSeconds.GetValueOrDefault(profile);
    }

    /// <summary>As the rows of the built-in profiles have them.</summary>
    private static Dictionary<string, int> DefaultSeconds()
    {
        var seconds = new Dictionary<string, int>();
        foreach (MethodInfo method in typeof(ProfileRows).GetMethods(BindingFlags.Public | BindingFlags.Static))
        {
            if (method.ReturnType == typeof(ProfileDescriptor) && method.GetParameters().Length == 0)
            {
                var row = (ProfileDescriptor)method.Invoke(null, null)!;
                seconds[row.Name] = row.DefaultSeconds;
                seconds.TryAdd(row.Sibling, row.DefaultSeconds);
            }
        }

        return seconds;
    }

    private static bool HasScheme(string source) =>
        source.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || source.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    private static string WithoutUser(string source) => UserPart().Replace(source, "//");

    [GeneratedRegex(@"^[\w.-]+:\d+(/|$)")]
    private static partial Regex HostAndPort();

    [GeneratedRegex("//[^/@]*@")]
    private static partial Regex UserPart();
}
