namespace Pprof.Encoding.Trace;

/// <summary>What asynchronous methods are called, by their kinds: a stack is not looked at each time.</summary>
internal sealed class OperationNames
{
    private const int MaxNames = 100_000;

    private readonly Dictionary<int, string> _names = [];

    /// <summary>
    /// The name of a method of a kind: remembers one that a stack told, and where no stack was looked at tells that; null where
    /// none was, or two methods are of the same kind.
    /// </summary>
    public string? Of(int kind, string? name)
    {
        string? known = _names.GetValueOrDefault(kind);
        if (name is null)
        {
            return known is "" ? null : known;
        }

        if (_names.Count < MaxNames || known is not null)
        {
            _names[kind] = known is null || known == name ? name : "";
        }

        return name;
    }
}
