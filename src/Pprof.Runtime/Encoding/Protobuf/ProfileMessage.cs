using Pprof.Profiles;
using Pprof.Symbols;

namespace Pprof.Encoding.Protobuf;

/// <summary>
/// Turns a profile into its message. Ids start at 1 and follow the order of first use, except that the first mapping is
/// always the main program.
/// </summary>
internal sealed class ProfileMessage : IDisposable
{
    // What a sample has beside the ids of its frames, and what all samples have in common: enough for most profiles.
    private const int BytesOfSample = 40;
    private const int BytesOfFrame = 2;
    private const int BytesOfRest = 64 * 1024;

    private readonly ProtobufWriter _message;
    private readonly ProtobufWriter _part = new();
    private readonly ProtobufWriter _partOfPart = new();
    private readonly StringTable _strings = new();
    private readonly PackedStacks _stacks;
    private readonly LocationIds _locations = new();
    private readonly Dictionary<LabelSet, byte[]> _labels = [];
    private readonly Dictionary<FrameSymbol, ulong> _functions = new(FunctionComparer.Instance);
    private readonly Dictionary<CodeMapping, MappingEntry> _mappings = [];
    private readonly Profile _profile;
    private readonly Symbolizer _symbolizer;
    private readonly CodeMapping _main;

    private ProfileMessage(Profile profile, Symbolizer symbolizer)
    {
        _profile = profile;
        _symbolizer = symbolizer;
        _stacks = new PackedStacks(Location);
        _main = symbolizer.Mappings.Count > 0 ? symbolizer.Mappings[0] : new CodeMapping(0, 0, 0, "", "");
        _message = new ProtobufWriter((profile.Samples.FrameCount * BytesOfFrame) + (profile.Samples.Count * BytesOfSample) + BytesOfRest);
    }

    /// <summary>Its bytes. Valid until the object is disposed.</summary>
    public ReadOnlyMemory<byte> Bytes => _message.Written;

    /// <summary>The message of <paramref name="profile"/>, whose frames are named by <paramref name="symbolizer"/>.</summary>
    public static ProfileMessage Of(Profile profile, Symbolizer symbolizer)
    {
        var message = new ProfileMessage(profile, symbolizer);
        message.Write();
        return message;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _message.Dispose();
        _part.Dispose();
        _partOfPart.Dispose();
    }

    private void Write()
    {
        WriteHeader();

        // The tool needs a mapping even where nothing was sampled: its file is the name of the profile.
        _ = Mapping(_main);

        SampleTable samples = _profile.Samples;
        foreach (int i in InOrder())
        {
            WriteSample(samples.Stack(i), samples.Values(i), samples.Labels(i));
        }

        // Last, because what they say depends on all that came before.
        List<MappingEntry> mappings = [.. _mappings.Values];
        mappings.Sort(static (one, other) => one.Id.CompareTo(other.Id));
        foreach (MappingEntry mapping in mappings)
        {
            _part.Clear();
            mapping.WriteTo(_part, _strings);
            _message.Message(ProfileField.Mapping, _part);
        }

        foreach (string text in _strings.Strings)
        {
            _message.Text(ProfileField.StringTable, text);
        }
    }

    /// <summary>As Go has them: what only counts things begins with the largest.</summary>
    private IEnumerable<int> InOrder()
    {
        SampleTable samples = _profile.Samples;
        IEnumerable<int> all = Enumerable.Range(0, samples.Count);
        return _profile.Shape.SampleTypes.Count == 1 ? all.OrderByDescending(i => samples.Values(i)[0]) : all;
    }

    private void WriteHeader()
    {
        foreach (SampleType type in _profile.Shape.SampleTypes)
        {
            WriteValueType(ProfileField.SampleType, type);
        }

        WriteValueType(ProfileField.PeriodType, _profile.Shape.PeriodType);
        _message.Number(ProfileField.Period, _profile.Period);
        _message.Number(ProfileField.TimeNanos, _profile.TimeNanos);
        _message.Number(ProfileField.DurationNanos, _profile.DurationNanos);
        if (_profile.Shape.DefaultSampleType is { } defaultType)
        {
            _message.Number(ProfileField.DefaultSampleType, _strings.IndexOf(defaultType));
        }

        _message.Numbers(ProfileField.Comment, [.. GapText.Comments(_profile).Select(_strings.IndexOf)]);
    }

    private void WriteValueType(int field, SampleType type)
    {
        _part.Clear();
        _part.Number(ValueTypeField.Type, _strings.IndexOf(type.Type));
        _part.Number(ValueTypeField.Unit, _strings.IndexOf(type.Unit));
        _message.Message(field, _part);
    }

    private void WriteSample(ReadOnlySpan<nuint> stack, ReadOnlySpan<long> values, LabelSet labels)
    {
        // Locations are messages of their own: all of them before this one begins.
        ReadOnlyMemory<byte> ids = _stacks.Pack(stack);
        ReadOnlySpan<byte> labelFields = LabelFields(labels);
        int idBytes = ids.IsEmpty ? 0 : ProtobufWriter.SizeOfBytes(SampleField.LocationId, ids.Length);
        _message.BeginMessage(ProfileField.Sample, idBytes + ProtobufWriter.SizeOfNumbers(SampleField.Value, values) + labelFields.Length);
        if (!ids.IsEmpty)
        {
            _message.Bytes(SampleField.LocationId, ids);
        }

        _message.Numbers(SampleField.Value, values);
        _message.Fields(labelFields);
    }

    private ReadOnlySpan<byte> LabelFields(LabelSet labels)
    {
        if (labels.Labels.Count == 0)
        {
            return [];
        }

        if (!_labels.TryGetValue(labels, out byte[]? fields))
        {
            fields = WriteLabels(labels);
            _labels.Add(labels, fields);
        }

        return fields;
    }

    private byte[] WriteLabels(LabelSet labels)
    {
        _part.Clear();
        foreach (Label label in labels.Labels)
        {
            _partOfPart.Clear();
            _partOfPart.Number(LabelField.Key, _strings.IndexOf(label.Key));
            if (label.Text is { } text)
            {
                _partOfPart.Number(LabelField.Text, _strings.IndexOf(text));
            }
            else
            {
                _partOfPart.Number(LabelField.Number, label.Number);
                _partOfPart.Number(LabelField.NumberUnit, _strings.IndexOf(label.Unit ?? ""));
            }

            _part.Message(SampleField.Label, _partOfPart);
        }

        return _part.Written.ToArray();
    }

    private uint Location(nuint address)
    {
        uint id = _locations.Of(address, out bool isNew);
        if (!isNew)
        {
            return id;
        }

        FrameSymbol? symbol = _symbolizer.Resolve(address);
        MappingEntry mapping = Mapping(_symbolizer.MappingOf(address) ?? _main);
        mapping.Add(symbol);
        ulong function = symbol is null ? 0 : Function(symbol);

        _part.Clear();
        _part.Number(LocationField.Id, id);
        _part.Number(LocationField.MappingId, mapping.Id);
        _part.Number(LocationField.Address, (ulong)address);
        if (symbol is not null)
        {
            _partOfPart.Clear();
            _partOfPart.Number(LineField.FunctionId, function);
            _partOfPart.Number(LineField.Line, symbol.Line);
            _part.Message(LocationField.Line, _partOfPart);
        }

        _message.Message(ProfileField.Location, _part);
        return id;
    }

    private ulong Function(FrameSymbol symbol)
    {
        if (_functions.TryGetValue(symbol, out ulong id))
        {
            return id;
        }

        id = (ulong)_functions.Count + 1;
        _functions.Add(symbol, id);
        _part.Clear();
        _part.Number(FunctionField.Id, id);
        _part.Number(FunctionField.Name, _strings.IndexOf(symbol.Name));
        _part.Number(FunctionField.SystemName, _strings.IndexOf(symbol.SystemName == symbol.Name ? "" : symbol.SystemName));
        _part.Number(FunctionField.FileName, _strings.IndexOf(symbol.FileName));
        _part.Number(FunctionField.StartLine, symbol.StartLine);
        _message.Message(ProfileField.Function, _part);
        return id;
    }

    private MappingEntry Mapping(CodeMapping mapping)
    {
        if (!_mappings.TryGetValue(mapping, out MappingEntry? entry))
        {
            entry = new MappingEntry((ulong)_mappings.Count + 1, mapping);
            _mappings.Add(mapping, entry);
        }

        return entry;
    }

    /// <summary>A function is the same at every line of it.</summary>
    private sealed class FunctionComparer : IEqualityComparer<FrameSymbol>
    {
        public static readonly FunctionComparer Instance = new();

        public bool Equals(FrameSymbol? x, FrameSymbol? y) =>
            x is not null && y is not null && x.Name == y.Name && x.SystemName == y.SystemName && x.FileName == y.FileName;

        public int GetHashCode(FrameSymbol symbol) => HashCode.Combine(symbol.Name, symbol.SystemName, symbol.FileName);
    }
}
