using System.Buffers.Binary;

namespace Pprof.Sources.EventPipe.Events;

/// <summary>
/// A garbage collection begins: the payload of GCStart_V2, as ClrEtwAll.man of dotnet/runtime states it. Count, depth, reason,
/// type (32 bits each), runtime instance (16), sequence number (64).
/// </summary>
internal readonly ref struct CollectionStart(in RuntimeEvent data)
{
    private const int DepthOffset = 4;
    private const int ReasonOffset = 8;
    private const int TypeOffset = 12;
    private const int Background = 1;

    // GCStart's map of reasons and of types there.
    private static readonly string[] s_reasons =
    [
        "allocations of small objects", "induced", "low memory", "empty", "allocations of large objects", "no room for small objects",
        "no room for large objects", "induced, not forced", "stress", "low memory, blocking", "induced, compacting", "low memory of the host",
    ];

    private static readonly string[] s_types = ["blocking", "background", "during a background collection"];

    private readonly ReadOnlySpan<byte> _payload = data.Payload;

    /// <summary>The number of the collection, counted from 1.</summary>
    public int Count => BinaryPrimitives.ReadInt32LittleEndian(_payload);

    /// <summary>The oldest generation of which garbage is collected.</summary>
    public int Generation => BinaryPrimitives.ReadInt32LittleEndian(_payload[DepthOffset..]);

    /// <summary>Whether the program goes on meanwhile, and others can come in between.</summary>
    public bool IsBackground => BinaryPrimitives.ReadInt32LittleEndian(_payload[TypeOffset..]) == Background;

    /// <summary>Which generation, how and why.</summary>
    public string Description => Describe(
        BinaryPrimitives.ReadInt32LittleEndian(_payload[DepthOffset..]),
        BinaryPrimitives.ReadInt32LittleEndian(_payload[ReasonOffset..]),
        BinaryPrimitives.ReadInt32LittleEndian(_payload[TypeOffset..]));

    /// <summary>The same of the numbers of the event.</summary>
    public static string Describe(int generation, int reason, int type) => $"generation {generation}, {TextOf(s_types, type)}: {TextOf(s_reasons, reason)}";

    private static string TextOf(string[] texts, int value) => (uint)value < (uint)texts.Length ? texts[value] : $"{value}";
}
