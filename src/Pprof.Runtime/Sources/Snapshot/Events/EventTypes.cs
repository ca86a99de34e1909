using System.Reflection;
using System.Text;
using Pprof.Sources.EventPipe;
using Pprof.Sources.EventPipe.Events;
using Pprof.Symbols.Managed;

namespace Pprof.Sources.Snapshot.Events;

/// <summary>
/// The types that the runtime's events tell of, and their names. Nothing is asked of a type itself, which may have been
/// unloaded since; of its module it is: the runtime would write down names in full, of millions of characters where types are
/// arguments of each other, while it stops the process. Written by the reader of the events, read when that has ended.
/// </summary>
internal sealed class EventTypes
{
    private const string Unknown = "[unknown type]";
    private const string FunctionPointer = "delegate*";

    // Beyond that only types of which there are objects are kept: who loads and unloads types has ever new ones.
    private const int MaxKept = 1 << 14;

    private static readonly ulong s_known = ObjectFields.MethodTable(typeof(string));

    // The runtime tells of a type once for all sessions, until none wants types any more: what one look was told is known to
    // the next. They take turns.
    private static volatile Dictionary<ulong, Row> s_kept = [];

    private readonly Dictionary<ulong, Row> _rows = new(s_kept);
    private readonly Dictionary<ulong, string> _names = [];
    private readonly Lazy<LoadedModules> _modules;

    /// <summary>Begins a look.</summary>
    public EventTypes()
    {
        IReadOnlyDictionary<ulong, WeakReference<Module>> before = LoadedModules.Note();
        _modules = new Lazy<LoadedModules>(() => new LoadedModules(before));
    }

    /// <summary>The types that the next look knows already.</summary>
    public static int Kept => s_kept.Count;

    /// <summary>Whether a type that is always there has been told of, and its module does not give its name: then no module does.</summary>
    public bool LackNames => _rows.ContainsKey(s_known) && NameOf(s_known) != typeof(string).FullName;

    /// <summary>Takes down the types of an event.</summary>
    public void Add(in RuntimeEvent data)
    {
        var types = new BulkTypes(data);
        while (types.MoveNext())
        {
            string name = types.IsFunctionPointer ? FunctionPointer : types.Name[..Math.Min(types.Name.Length, TypeName.MaxSource + 1)].ToString();
            string? suffix = types.IsArray ? $"[{new string(',', Math.Max(1, types.Rank) - 1)}]" : types.IsPointer ? "*" : null;
            _rows[types.Type] = new Row(name, types.Module, types.Token, suffix, types.Arguments.ToArray());
        }
    }

    /// <summary>Whether a type has a name, and its arguments have.</summary>
    public bool Knows(ulong type) => !NameOf(type).Contains(Unknown, StringComparison.Ordinal);

    /// <summary>Whether objects of a type are arrays. Those of a type that was not told of are not.</summary>
    public bool IsArray(ulong type) => _rows.TryGetValue(type, out Row? row) && row.Suffix is ['[', ..];

    /// <summary>The name of a type in the form in which reflection writes it, cut as <see cref="RuntimeTypeName"/> does.</summary>
    public string NameOf(ulong type)
    {
        if (!_names.TryGetValue(type, out string? name))
        {
            var text = new StringBuilder();
            Append(text, type, 0);
            _names.Add(type, name = text.ToString());
        }

        return name;
    }

    /// <summary>
    /// The next look begins with what this one knows, where the runtime may not tell it again.
    /// </summary>
    /// <param name="seen">The types of the objects that there are; null where not all were told.</param>
    /// <param name="areWanted">Whether somebody wants types now. Otherwise the runtime begins anew.</param>
    public void Keep(IEnumerable<ulong>? seen, bool areWanted)
    {
        if (!areWanted || seen is null || _rows.Count <= MaxKept)
        {
            s_kept = areWanted ? new(_rows) : [];
            return;
        }

        Dictionary<ulong, Row> kept = [];
        var left = new Stack<ulong>(seen);
        while (left.TryPop(out ulong type))
        {
            if (_rows.TryGetValue(type, out Row? row) && kept.TryAdd(type, row))
            {
                Array.ForEach(row.Arguments, left.Push);
            }
        }

        s_kept = kept;
    }

    private void Append(StringBuilder text, ulong type, int depth)
    {
        if (text.Length > TypeName.MaxLength || depth > TypeName.MaxDepth)
        {
            text.Append(TypeName.Ellipsis);
            return;
        }

        if (!_rows.TryGetValue(type, out Row? row))
        {
            text.Append(Unknown);
            return;
        }

        if (row.Suffix is not null && row.Arguments is [ulong element])
        {
            Append(text, element, depth + 1);
            text.Append(row.Suffix);
            return;
        }

        // A name has the arguments already, each without what it is nested in.
        int end = row.Name.IndexOf('[');
        if (_modules.Value.DefinitionOf(row.Module, row.Token, end < 0 ? row.Name : row.Name[..end]) is not { } definition)
        {
            text.Append(row.Name.Length == 0 ? Unknown : row.Name);
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

    private sealed record Row(string Name, ulong Module, int Token, string? Suffix, ulong[] Arguments);
}
