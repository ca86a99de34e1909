namespace Pprof.Sources.Snapshot;

/// <summary>
/// The names of threads that stand in profiles. Each stays for the life of the process, and a service may give every thread a
/// name of its own: of one name with many numbers only the first stand for themselves.
/// </summary>
/// <param name="limit">How many names are told apart, and how many more without their numbers.</param>
internal sealed class ThreadNames(int limit)
{
    private readonly HashSet<string> _whole = new(StringComparer.Ordinal);
    private readonly HashSet<string> _numberless = new(StringComparer.Ordinal);

    /// <summary>Those of the process.</summary>
    public static ThreadNames Instance { get; } = new(1000);

    /// <summary>The name, or what stands for it; null for a thread without one, such as one that has ended, and for all that are too many.</summary>
    public string? Of(string? name)
    {
        if (string.IsNullOrEmpty(name))
        {
            return null;
        }

        lock (_whole)
        {
            return Admits(_whole, name) ? name
                : string.Concat(name.Select(static c => char.IsAsciiDigit(c) ? '#' : c)) is var numberless && Admits(_numberless, numberless) ? numberless
                : null;
        }
    }

    private bool Admits(HashSet<string> names, string name) => names.Contains(name) || (names.Count < limit && names.Add(name));
}
