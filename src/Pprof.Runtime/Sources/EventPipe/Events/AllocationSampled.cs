using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Pprof.Sources.EventPipe.Events;

/// <summary>
/// A sampled allocation, from .NET 10 on: the payload of AllocationSampled, as ClrEtwAll.man of dotnet/runtime states it.
/// Kind (32 bits), runtime instance (16), type (64), its name (UTF-16, with a 0), address, size, offset (64 each).
/// </summary>
internal readonly ref struct AllocationSampled
{
    private const int TypeOffset = 6;
    private const int NameOffset = 14;
    private const int SizeAfterName = 8;

    private readonly ReadOnlySpan<byte> _payload;

    public AllocationSampled(in RuntimeEvent data)
    {
        _payload = data.Payload;
        ReadOnlySpan<char> rest = MemoryMarshal.Cast<byte, char>(_payload[NameOffset..]);
        TypeName = rest[..rest.IndexOf('\0')];
    }

    /// <summary>The runtime's identity of the type.</summary>
    public nuint Type => (nuint)BinaryPrimitives.ReadUInt64LittleEndian(_payload[TypeOffset..]);

    /// <summary>Its name, as the runtime writes it.</summary>
    public ReadOnlySpan<char> TypeName { get; }

    /// <summary>Where the object is.</summary>
    public ulong Address => BinaryPrimitives.ReadUInt64LittleEndian(AfterName);

    /// <summary>The size of the object.</summary>
    public long Size => BinaryPrimitives.ReadInt64LittleEndian(AfterName[SizeAfterName..]);

    private ReadOnlySpan<byte> AfterName => _payload[(NameOffset + ((TypeName.Length + 1) * sizeof(char)))..];
}
