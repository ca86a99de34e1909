using Pprof.CompilerServices;
using Pprof.Profiles;
using Pprof.Symbols;

namespace Pprof.Encoding;

/// <summary>
/// Turns a profile into its message. Ids start at 1 and follow the order of first use, except that the first mapping is
/// always the main program.
/// </summary>
internal sealed class ProfileMessageBuilder
{
    // Below it are the frames that have no address.
    private const int FirstAddress = 4096;

    private readonly Proto.Profile _message = new();
    private readonly Dictionary<nuint, ulong> _locations = [];
    private readonly Dictionary<FrameSymbol, ulong> _functions = new(FunctionComparer.Instance);
    private readonly Dictionary<CodeMapping, Proto.Mapping> _mappings = [];
    private readonly StringTable _strings;
    private readonly Profile _profile;
    private readonly Symbolizer _symbolizer;

    public ProfileMessageBuilder(Profile profile, Symbolizer symbolizer)
    {
        _profile = profile;
        _symbolizer = symbolizer;
        _strings = new StringTable(_message.StringTable);
    }

    /// <summary>Builds the message. Call once.</summary>
    public Proto.Profile Build()
    {
        foreach (SampleTypeDescriptor type in _profile.SampleTypes)
        {
            _message.SampleType.Add(ValueType(type));
        }

        if (_profile.PeriodType is { } periodType)
        {
            _message.PeriodType = ValueType(periodType);
            _message.Period = _profile.Period;
        }

        _message.TimeNanos = _profile.TimeNanos;
        _message.DurationNanos = _profile.DurationNanos;
        if (_profile.DefaultSampleType is { } defaultType)
        {
            _message.DefaultSampleType = _strings.IndexOf(defaultType);
        }

        foreach (string comment in _profile.Comments)
        {
            _message.Comment.Add(_strings.IndexOf(comment));
        }

        // The tool needs a mapping even where nothing was sampled: its file is the name of the profile.
        CodeMapping main = _symbolizer.Mappings.Count > 0 ? _symbolizer.Mappings[0] : new CodeMapping(0, 0, 0, "", "");
        _ = Mapping(main);

        SampleTable samples = _profile.Samples;
        for (int i = 0; i < samples.Count; i++)
        {
            AddSample(samples.Stack(i), samples.Values(i), samples.Labels(i), main);
        }

        return _message;
    }

    private Proto.ValueType ValueType(SampleTypeDescriptor type) =>
        new() { Type = _strings.IndexOf(type.Type), Unit = _strings.IndexOf(type.Unit) };

    private void AddSample(ReadOnlySpan<nuint> stack, ReadOnlySpan<long> values, LabelSet labels, CodeMapping main)
    {
        var sample = new Proto.Sample();
        foreach (long value in values)
        {
            sample.Value.Add(value);
        }

        sample.LocationId.Capacity = stack.Length;
        foreach (nuint address in stack)
        {
            sample.LocationId.Add(Location(address, main));
        }

        foreach (Label label in labels.Labels)
        {
            var message = new Proto.Label { Key = _strings.IndexOf(label.Key) };
            if (label.Text is { } text)
            {
                message.Str = _strings.IndexOf(text);
            }
            else
            {
                message.Num = label.Number;
                message.NumUnit = label.Unit is { } unit ? _strings.IndexOf(unit) : 0;
            }

            sample.Label.Add(message);
        }

        _message.Sample.Add(sample);
    }

    private ulong Location(nuint address, CodeMapping main)
    {
        if (_locations.TryGetValue(address, out ulong id))
        {
            return id;
        }

        id = (ulong)_message.Location.Count + 1;
        _locations.Add(address, id);
        Proto.Mapping mapping = Mapping(_symbolizer.MappingOf(address) ?? main);
        var location = new Proto.Location { Id = id, MappingId = mapping.Id, Address = address < FirstAddress ? 0 : address };
        FrameSymbol? symbol = _symbolizer.Resolve(address);
        if (symbol is not null)
        {
            location.Line.Add(new Proto.Line { FunctionId = Function(symbol), Line_ = symbol.Line });
        }

        // True only while every location of the mapping has it: the tool asks for names where it is false.
        mapping.HasFunctions &= symbol is not null;
        mapping.HasFilenames &= symbol is { FileName.Length: > 0 };
        mapping.HasLineNumbers &= symbol is { Line: > 0 };
        _message.Location.Add(location);
        return id;
    }

    private ulong Function(FrameSymbol symbol)
    {
        if (_functions.TryGetValue(symbol, out ulong id))
        {
            return id;
        }

        id = (ulong)_message.Function.Count + 1;
        _functions.Add(symbol, id);
        _message.Function.Add(new Proto.Function
        {
            Id = id,
            Name = _strings.IndexOf(symbol.Name),
            SystemName = _strings.IndexOf(symbol.SystemName == symbol.Name ? "" : symbol.SystemName),
            Filename = _strings.IndexOf(symbol.FileName),
            StartLine = symbol.StartLine,
        });
        return id;
    }

    private Proto.Mapping Mapping(CodeMapping mapping)
    {
        if (_mappings.TryGetValue(mapping, out Proto.Mapping? message))
        {
            return message;
        }

        message = new Proto.Mapping
        {
            Id = (ulong)_message.Mapping.Count + 1,
            MemoryStart = mapping.Start,
            MemoryLimit = mapping.Limit,
            FileOffset = mapping.Offset,
            Filename = _strings.IndexOf(mapping.FileName),
            BuildId = _strings.IndexOf(mapping.BuildId),
            HasFunctions = true,
            HasFilenames = true,
            HasLineNumbers = true,
        };
        _mappings.Add(mapping, message);
        _message.Mapping.Add(message);
        return message;
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
