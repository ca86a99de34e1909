using Pprof.Sources.EventPipe;
using Pprof.Sources.EventPipe.Events;

namespace Pprof.Sources.Snapshot.Events;

/// <summary>
/// The names of types, as the runtime's events tell them. Nothing is asked of a type itself, which may have been unloaded
/// since; of its module it is, as the events leave out what a type is nested in.
/// </summary>
internal sealed class EventTypes
{
    private const int MaxDepth = 16;
    private const string Unknown = "[unknown type]";

    private readonly Dictionary<ulong, Row> _rows = [];
    private readonly Lazy<LoadedModules> _modules = new(static () => new LoadedModules());

    /// <summary>Takes down the types of an event.</summary>
    public void Add(in RuntimeEvent data)
    {
        var types = new BulkTypes(data);
        while (types.MoveNext())
        {
            _rows[types.Type] = new Row(
                types.Name.ToString(), types.Module, types.Token, types.IsArray ? Math.Max(1, types.Rank) : 0, types.Arguments.ToArray());
        }
    }

    /// <summary>Whether a type has been told of.</summary>
    public bool Knows(ulong type) => _rows.ContainsKey(type);

    /// <summary>The name of a type in the form in which reflection writes it.</summary>
    public string NameOf(ulong type) => NameOf(type, 0);

    private string NameOf(ulong type, int depth)
    {
        if (depth > MaxDepth || !_rows.TryGetValue(type, out Row? row))
        {
            return Unknown;
        }

        if (row.Rank > 0 && row.Arguments is [ulong element])
        {
            return $"{NameOf(element, depth + 1)}[{new string(',', row.Rank - 1)}]";
        }

        // The name has the arguments already, each with what it is nested in.
        int end = row.Name.IndexOf('[');
        return _modules.Value.DefinitionOf(row.Module, row.Token, end < 0 ? row.Name : row.Name[..end]) is not { } definition ? row.Name
            : row.Arguments.Length == 0 ? definition
            : $"{definition}[{string.Join(',', row.Arguments.Select(argument => NameOf(argument, depth + 1)))}]";
    }

    private sealed record Row(string Name, ulong Module, int Token, int Rank, ulong[] Arguments);
}
