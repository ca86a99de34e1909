using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Pprof.Sources.EventPipe.Events;

/// <summary>
/// Static fields that hold objects, one after the other: the payload of GCBulkRootStaticVar, as ClrEtwAll.man of
/// dotnet/runtime states it. Count (32 bits), application domain (64), runtime instance (16), then for each field where it is,
/// the address of the object, the type of the field (64 each), flags (32) and the name (UTF-16, with a 0).
/// </summary>
internal ref struct BulkStatics
{
    private const int FirstOffset = 14;
    private const int TargetOffset = 8;
    private const int FlagsOffset = 24;
    private const int NameOffset = 28;
    private const uint ThreadLocal = 1;

    private ReadOnlySpan<byte> _rest;
    private int _left;

    public BulkStatics(in RuntimeEvent data)
    {
        _left = BinaryPrimitives.ReadInt32LittleEndian(data.Payload);
        _rest = data.Payload[FirstOffset..];
    }

    /// <summary>Where the object was.</summary>
    public ulong Target { get; private set; }

    /// <summary>Whether each thread has a field of its own.</summary>
    public bool IsThreadLocal { get; private set; }

    /// <summary>The name of the field.</summary>
    public ReadOnlySpan<char> Name { get; private set; }

    /// <summary>Goes on to the next field.</summary>
    public bool MoveNext()
    {
        if (_left-- <= 0)
        {
            return false;
        }

        Target = BinaryPrimitives.ReadUInt64LittleEndian(_rest[TargetOffset..]);
        IsThreadLocal = (BinaryPrimitives.ReadUInt32LittleEndian(_rest[FlagsOffset..]) & ThreadLocal) != 0;
        ReadOnlySpan<char> name = MemoryMarshal.Cast<byte, char>(_rest[NameOffset..]);
        Name = name[..name.IndexOf('\0')];
        _rest = _rest[(NameOffset + ((Name.Length + 1) * sizeof(char)))..];
        return true;
    }
}
