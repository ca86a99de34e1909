using Pprof.Symbols;

namespace Pprof.Encoding.Protobuf;

/// <summary>A mapping of a profile, and what all of its locations have in common.</summary>
internal sealed class MappingEntry(ulong id, CodeMapping mapping)
{
    // True only while every location of the mapping has it: the tool asks for names where it is false.
    private bool _hasFunctions = true;
    private bool _hasFileNames = true;
    private bool _hasLineNumbers = true;

    public ulong Id => id;

    /// <summary>Takes into account one of its locations.</summary>
    public void Add(FrameSymbol? symbol)
    {
        _hasFunctions &= symbol is not null;
        _hasFileNames &= symbol is { FileName.Length: > 0 };
        _hasLineNumbers &= symbol is { Line: > 0 };
    }

    /// <summary>Writes the message.</summary>
    public void WriteTo(ProtobufWriter message, StringTable strings)
    {
        message.Number(MappingField.Id, id);
        message.Number(MappingField.MemoryStart, mapping.Start);
        message.Number(MappingField.MemoryLimit, mapping.Limit);
        message.Number(MappingField.FileOffset, mapping.Offset);
        message.Number(MappingField.FileName, strings.IndexOf(mapping.FileName));
        message.Number(MappingField.BuildId, strings.IndexOf(mapping.BuildId));
        message.Truth(MappingField.HasFunctions, _hasFunctions);
        message.Truth(MappingField.HasFileNames, _hasFileNames);
        message.Truth(MappingField.HasLineNumbers, _hasLineNumbers);
    }
}
