using Pprof.Encoding.Views;
using Pprof.Profiles;
using Pprof.Symbols;
using Pprof.Tool.Proto;
using Profile = Pprof.Tool.Proto.Profile;

namespace Pprof.Tool.Reading;

/// <summary>
/// The frames of a profile that was read, each with an address that stands for it: a location has as many as functions
/// were inlined there, and one of the last.
/// </summary>
internal sealed class FileFrames : Symbolizer
{
    private const string Unknown = "<unknown>";

    private readonly List<FrameSymbol> _symbols = [];
    private readonly List<bool> _inlined = [];
    private readonly Dictionary<ulong, nuint[]> _frames = [];
    private readonly Dictionary<(string Key, string Value), nuint> _labels = [];

    /// <summary>Names the locations of <paramref name="profile"/>.</summary>
    public FileFrames(Profile profile)
    {
        IList<string> strings = profile.StringTable;
        Dictionary<ulong, Mapping> mappings = profile.Mapping.ToDictionary(static mapping => mapping.Id);
        Dictionary<ulong, Function> functions = profile.Function.ToDictionary(static function => function.Id);
        Mappings =
        [
            .. profile.Mapping.Select(mapping => new CodeMapping(
                (nuint)mapping.MemoryStart, (nuint)mapping.MemoryLimit, mapping.FileOffset, strings[(int)mapping.Filename], strings[(int)mapping.BuildId])),
        ];
        foreach (Location location in profile.Location)
        {
            string file = location.MappingId == 0 ? "" : strings[(int)mappings[location.MappingId].Filename];
            var frames = new List<nuint>();
            for (int i = 0; i < location.Line.Count; i++)
            {
                Function? function = functions.GetValueOrDefault(location.Line[i].FunctionId);
                frames.Add(Add(function, strings, file, isInlined: i < location.Line.Count - 1));
            }

            if (frames.Count == 0)
            {
                frames.Add(Add(null, strings, file, isInlined: false));
            }

            _frames.Add(location.Id, [.. frames]);
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyList<CodeMapping> Mappings { get; }

    /// <inheritdoc/>
    public override FrameSymbol? Resolve(nuint address) => _symbols[IndexOf(address)];

    /// <summary>Whether the call to this frame was inlined into its caller.</summary>
    public bool IsInlined(nuint address) => _inlined[IndexOf(address)];

    /// <summary>The frames at a location, innermost first.</summary>
    public ReadOnlySpan<nuint> At(ulong location) => _frames[location];

    /// <summary>
    /// The frame that stands for a label, with its value as the name; where there is none, it has none, as in the pprof
    /// tool.
    /// </summary>
    public nuint OfLabel(string key, LabelSet labels)
    {
        string value = labels.Labels.Where(label => label.Key == key).Select(LabelFilter.ValueOf).FirstOrDefault("");
        if (!_labels.TryGetValue((key, value), out nuint address))
        {
            address = Add(value.Length > 0 ? value : Unknown, isInlined: false);
            _labels.Add((key, value), address);
        }

        return address;
    }

    private static int IndexOf(nuint address) => (int)(address - CodeAddress.First);

    private nuint Add(Function? function, IList<string> strings, string file, bool isInlined)
    {
        string name = function is null ? "" : FunctionName.Of(strings[(int)function.Name], strings[(int)function.SystemName]);
        if (name.Length == 0)
        {
            name = file.Length > 0 ? $"[{Path.GetFileName(file)}]" : Unknown;
        }

        return Add(name, isInlined);
    }

    private nuint Add(string name, bool isInlined)
    {
        _symbols.Add(new FrameSymbol(name));
        _inlined.Add(isInlined);
        return (nuint)(CodeAddress.First + _symbols.Count - 1);
    }
}
