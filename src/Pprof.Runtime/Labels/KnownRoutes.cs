using Pprof.Profiles;

namespace Pprof.Labels;

/// <summary>
/// The labels of requests by a small number, for tables that last as long as the process: an application can make routes
/// without end, and what such a table has once it has for ever. Safe for concurrent use.
/// </summary>
/// <param name="most">How many there may be. Later ones have no number.</param>
internal sealed class KnownRoutes(int most)
{
    /// <summary>Those of this process.</summary>
    public static readonly KnownRoutes Instance = new(256);

    private readonly Lock _gate = new();
    private readonly Dictionary<LabelSet, int> _numbers = [];
    private readonly LabelSet?[] _labels = new LabelSet?[most + 1];

    /// <summary>The number of some labels; 0 where there are too many.</summary>
    public int NumberOf(LabelSet labels)
    {
        lock (_gate)
        {
            if (!_numbers.TryGetValue(labels, out int number) && _numbers.Count < most)
            {
                number = _numbers.Count + 1;
                _numbers.Add(labels, number);
                Volatile.Write(ref _labels[number], labels);
            }

            return number;
        }
    }

    /// <summary>The labels with a number; none for 0.</summary>
    public LabelSet Find(int number) => (uint)number < (uint)_labels.Length ? Volatile.Read(ref _labels[number]) ?? LabelSet.Empty : LabelSet.Empty;
}
