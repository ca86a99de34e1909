namespace Pprof.Generators.Models.BuiltIn;

/// <summary>
/// Names under the path that a custom profile cannot have: those of Go and of the library godeltaprof, which tools ask for by
/// these names, whether or not this version serves them, and those that this package adds.
/// </summary>
internal static class ReservedNames
{
    private static readonly HashSet<string> s_names = new(StringComparer.Ordinal)
    {
        "allocs", "block", "cmdline", "delta_block", "delta_heap", "delta_mutex", "goroutine", "goroutineleak", "heap", "mutex", "profile", "symbol", "threadcreate", "trace",
        "wall",
    };

    /// <summary>Whether <paramref name="name"/> is one of them.</summary>
    public static bool Contains(string name) => s_names.Contains(name);
}
