using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Pprof.Sources.EventPipe.Events;

/// <summary>
/// Some 100,000 bytes were allocated: the payload of GCAllocationTick_V4, as ClrEtwAll.man of dotnet/runtime states it. Amount,
/// kind (32 bits each), runtime instance (16), amount, type (64 each), its name (UTF-16, with a 0), heap (32), address, size
/// of the last object (64 each).
/// </summary>
internal readonly ref struct AllocationTick
{
    private const int AmountOffset = 10;
    private const int TypeOffset = 18;
    private const int NameOffset = 26;
    private const int AddressAfterName = 4;
    private const int SizeAfterName = 12;

    private readonly ReadOnlySpan<byte> _payload;

    public AllocationTick(in RuntimeEvent data)
    {
        _payload = data.Payload;
        ReadOnlySpan<char> rest = MemoryMarshal.Cast<byte, char>(_payload[NameOffset..]);
        TypeName = rest[..rest.IndexOf('\0')];
    }

    /// <summary>The bytes that were allocated since the last of these events.</summary>
    public long Amount => BinaryPrimitives.ReadInt64LittleEndian(_payload[AmountOffset..]);

    /// <summary>The runtime's identity of the type of the last object.</summary>
    public nuint Type => (nuint)BinaryPrimitives.ReadUInt64LittleEndian(_payload[TypeOffset..]);

    /// <summary>Its name, as the runtime writes it.</summary>
    public ReadOnlySpan<char> TypeName { get; }

    /// <summary>Where that object is.</summary>
    public ulong Address => BinaryPrimitives.ReadUInt64LittleEndian(AfterName[AddressAfterName..]);

    /// <summary>The size of that object.</summary>
    public long Size => BinaryPrimitives.ReadInt64LittleEndian(AfterName[SizeAfterName..]);

    private ReadOnlySpan<byte> AfterName => _payload[(NameOffset + ((TypeName.Length + 1) * sizeof(char)))..];
}
