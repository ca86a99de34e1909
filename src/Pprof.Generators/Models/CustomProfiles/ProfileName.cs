namespace Pprof.Generators.Models.CustomProfiles;

/// <summary>The name of a custom profile, which is the end of its path.</summary>
internal static class ProfileName
{
    /// <summary>
    /// What is wrong with the name, as the end of a sentence; null when nothing is. Clients and servers take empty
    /// segments and dots out of a path before anybody sees the name in it.
    /// </summary>
    public static string? Problem(string name)
    {
        if (string.IsNullOrWhiteSpace(name))
        {
            return "has no name";
        }

        string[] segments = name.Split('/');
        if (Array.Exists(segments, static segment => segment is "." or "..") || Array.IndexOf(segments, "", 0, segments.Length - 1) >= 0)
        {
            return $"has the name '{name}', which no URL leads to: its segments must not be empty, '.' or '..'";
        }

        return name.IndexOf('\0') >= 0 ? "has a NUL character in its name, which no URL can have" : null;
    }

    /// <summary>
    /// Whether engines take a profile of this name, which is also the name of its sample type: Pyroscope refuses one with a
    /// hyphen, and a colon separates it from what follows.
    /// </summary>
    public static bool IsTakenByEngines(string name) => name.IndexOfAny(['-', ':']) < 0;
}
