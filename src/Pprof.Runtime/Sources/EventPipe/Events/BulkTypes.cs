using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Pprof.Sources.EventPipe.Events;

/// <summary>
/// Types, one after the other: the payload of BulkType, as ClrEtwAll.man of dotnet/runtime states it. Count (32 bits), runtime
/// instance (16), then for each type its identity, its module (64 each), a token, flags (32 each), the kind of element (8), the
/// name (UTF-16, with a 0), and the number (32) and identities (64 each) of its arguments.
/// </summary>
internal ref struct BulkTypes
{
    private const int FirstOffset = 6;
    private const int ModuleOffset = 8;
    private const int TokenOffset = 16;
    private const int FlagsOffset = 20;
    private const int ElementOffset = 24;
    private const int NameOffset = 25;
    private const uint Array = 8;
    private const int RankShift = 8;

    // ELEMENT_TYPE_PTR and ELEMENT_TYPE_FNPTR of ECMA-335, II.23.1.16.
    private const byte Pointer = 0xf;
    private const byte FunctionPointer = 0x1b;
    private const uint RankMask = 0x3f;

    private ReadOnlySpan<byte> _rest;
    private int _left;
    private uint _flags;
    private byte _element;

    public BulkTypes(in RuntimeEvent data)
    {
        _left = BinaryPrimitives.ReadInt32LittleEndian(data.Payload);
        _rest = data.Payload[FirstOffset..];
    }

    /// <summary>The runtime's identity of the type.</summary>
    public ulong Type { get; private set; }

    /// <summary>The runtime's identity of the module that defines it.</summary>
    public ulong Module { get; private set; }

    /// <summary>The token of its definition there.</summary>
    public int Token { get; private set; }

    /// <summary>
    /// Its name, without that of a type that it is nested in; empty for an array, where nobody has asked for names, and where it
    /// is too long for an event.
    /// </summary>
    public ReadOnlySpan<char> Name { get; private set; }

    /// <summary>Whether it is an array of its one argument.</summary>
    public readonly bool IsArray => (_flags & Array) != 0;

    /// <summary>The dimensions of an array; 0 where that has none but one, which begins with 0.</summary>
    public readonly int Rank => (int)((_flags >> RankShift) & RankMask);

    /// <summary>Whether it is a pointer to its one argument.</summary>
    public readonly bool IsPointer => _element == Pointer;

    /// <summary>Whether it is a pointer to a function, of which nothing else is told.</summary>
    public readonly bool IsFunctionPointer => _element == FunctionPointer;

    /// <summary>The identities of its arguments.</summary>
    public ReadOnlySpan<ulong> Arguments { get; private set; }

    /// <summary>Goes on to the next type.</summary>
    public bool MoveNext()
    {
        if (_left-- <= 0)
        {
            return false;
        }

        Type = BinaryPrimitives.ReadUInt64LittleEndian(_rest);
        Module = BinaryPrimitives.ReadUInt64LittleEndian(_rest[ModuleOffset..]);
        Token = BinaryPrimitives.ReadInt32LittleEndian(_rest[TokenOffset..]);
        _flags = BinaryPrimitives.ReadUInt32LittleEndian(_rest[FlagsOffset..]);
        _element = _rest[ElementOffset];
        ReadOnlySpan<char> name = MemoryMarshal.Cast<byte, char>(_rest[NameOffset..]);
        Name = name[..name.IndexOf('\0')];
        _rest = _rest[(NameOffset + ((Name.Length + 1) * sizeof(char)))..];
        int count = BinaryPrimitives.ReadInt32LittleEndian(_rest);
        _rest = _rest[sizeof(int)..];
        Arguments = MemoryMarshal.Cast<byte, ulong>(_rest[..(count * sizeof(ulong))]);
        _rest = _rest[(count * sizeof(ulong))..];
        return true;
    }
}
