using System.Collections.Concurrent;
using System.Text;
using Pprof.Sources.EventPipe;
using Pprof.Sources.EventPipe.Events;
using Pprof.Symbols.Managed;

namespace Pprof.Sources.Snapshot.Events;

/// <summary>
/// The names of types, as the runtime's events tell them. Nothing is asked of a type itself, which may have been unloaded
/// since; of its module it is, as the events leave out what a type is nested in. The runtime tells of a type once for all
/// sessions, until none wants types any more: what one look was told is known to the next.
/// </summary>
internal sealed class EventTypes
{
    private const string Unknown = "[unknown type]";

    // Who hangs up leaves a reader behind that may still write while the next look reads.
    private static readonly ConcurrentDictionary<ulong, Row> s_rows = new();

    private readonly Lazy<LoadedModules> _modules = new(static () => new LoadedModules());

    /// <summary>Takes down the types of an event.</summary>
    public void Add(in RuntimeEvent data)
    {
        var types = new BulkTypes(data);
        while (types.MoveNext())
        {
            s_rows[types.Type] = new Row(
                types.Name.ToString(), types.Module, types.Token, types.IsArray ? Math.Max(1, types.Rank) : 0, types.Arguments.ToArray());
        }
    }

    /// <summary>Whether a type has been told of.</summary>
    public static bool Knows(ulong type) => s_rows.ContainsKey(type);

    /// <summary>The name of a type in the form in which reflection writes it, cut as <see cref="RuntimeTypeName"/> does.</summary>
    public string NameOf(ulong type)
    {
        var text = new StringBuilder();
        Append(text, type, 0);
        return text.ToString();
    }

    private void Append(StringBuilder text, ulong type, int depth)
    {
        if (text.Length > TypeName.MaxLength || depth > TypeName.MaxDepth)
        {
            text.Append(TypeName.Ellipsis);
            return;
        }

        if (!s_rows.TryGetValue(type, out Row? row))
        {
            text.Append(Unknown);
            return;
        }

        if (row.Rank > 0 && row.Arguments is [ulong element])
        {
            Append(text, element, depth + 1);
            text.Append('[').Append(',', row.Rank - 1).Append(']');
            return;
        }

        // The name has the arguments already, each with what it is nested in.
        int end = row.Name.IndexOf('[');
        if (_modules.Value.DefinitionOf(row.Module, row.Token, end < 0 ? row.Name : row.Name[..end]) is not { } definition)
        {
            text.Append(row.Name);
            return;
        }

        text.Append(definition);
        for (int i = 0; i < row.Arguments.Length; i++)
        {
            text.Append(i == 0 ? '[' : ',');
            Append(text, row.Arguments[i], depth + 1);
        }

        text.Append(row.Arguments.Length == 0 ? "" : "]");
    }

    private sealed record Row(string Name, ulong Module, int Token, int Rank, ulong[] Arguments);
}
