using System.Diagnostics.Tracing;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using Microsoft.Diagnostics.Tracing;
using Pprof.Profiles;

namespace Pprof.Sources.EventPipe;

/// <summary>
/// Reads an event in place. The stack is in the extended data of the event's EVENT_RECORD (evntcons.h), which
/// TraceEvent keeps in a field without public access; its type is not public either, which rules out UnsafeAccessor.
/// The only place that knows this layout.
/// </summary>
internal static unsafe class EventRecord
{
    /// <summary>The field of <see cref="TraceEvent"/> that points to the record.</summary>
    internal const string RecordField = "eventRecord";

    // EVENT_HEADER comes first in the record.
    internal const int TimestampOffset = 16;
    internal const int ExtendedDataCountOffset = 84;
    internal const int ExtendedDataOffset = 88;

    // EVENT_HEADER_EXTENDED_DATA_ITEM: reserved, type, flags, size (16 bits each), pointer (64 bits).
    private const int ItemSize = 16;
    private const int ItemTypeOffset = 2;
    private const int ItemLengthOffset = 6;
    private const int ItemDataOffset = 8;
    private const int StackTrace64 = 6;

    // EVENT_EXTENDED_ITEM_STACK_TRACE64: a match id, then the addresses.
    private const int StackHeaderSize = 8;

    private static readonly Func<TraceEvent, nint>? s_record = MakeAccessor();

    /// <summary>Why stacks cannot be read from this version of TraceEvent, or null.</summary>
    public static string? UnsupportedReason =>
        sizeof(nuint) != sizeof(ulong) ? "the stacks of the runtime's events are read in 64-bit processes only; run the service as one"
        : s_record == null ? "the loaded version of Microsoft.Diagnostics.Tracing.TraceEvent keeps stacks in a place that this version of Pprof does not know; use the version that Pprof depends on" : null;

    /// <summary>
    /// The event, in place. Only its stack is copied, to <paramref name="frames"/>: the runtime has written return addresses,
    /// which become addresses inside the calls here and nowhere else.
    /// </summary>
    public static RuntimeEvent Read(TraceEvent data, ref nuint[] frames)
    {
        byte* record = (byte*)s_record!(data);
        return new RuntimeEvent
        {
            ProviderId = data.ProviderGuid,
            Id = (int)data.ID,
            Keywords = (ulong)data.Keywords,
            Level = (EventLevel)data.Level,
            SystemId = data.ThreadID,
            Timestamp = *(long*)(record + TimestampOffset),
            Payload = new ReadOnlySpan<byte>((void*)data.DataStart, data.EventDataLength),
            Frames = Frames(ReturnAddresses(record), ref frames),
        };
    }

    /// <summary>Copies return addresses as frames.</summary>
    internal static ReadOnlySpan<nuint> Frames(ReadOnlySpan<nuint> returnAddresses, ref nuint[] frames)
    {
        if (frames.Length < returnAddresses.Length)
        {
            frames = new nuint[returnAddresses.Length];
        }

        for (int i = 0; i < returnAddresses.Length; i++)
        {
            frames[i] = ReturnAddress.ToFrame(returnAddresses[i]);
        }

        return frames.AsSpan(0, returnAddresses.Length);
    }

    private static ReadOnlySpan<nuint> ReturnAddresses(byte* record)
    {
        int count = *(ushort*)(record + ExtendedDataCountOffset);
        byte* item = *(byte**)(record + ExtendedDataOffset);
        for (int i = 0; i < count; i++, item += ItemSize)
        {
            if (*(ushort*)(item + ItemTypeOffset) == StackTrace64)
            {
                int length = *(ushort*)(item + ItemLengthOffset) - StackHeaderSize;
                return new ReadOnlySpan<nuint>(*(byte**)(item + ItemDataOffset) + StackHeaderSize, length / sizeof(nuint));
            }
        }

        return [];
    }

    private static Func<TraceEvent, nint>? MakeAccessor()
    {
        FieldInfo? field = typeof(TraceEvent).GetField(RecordField, BindingFlags.Instance | BindingFlags.NonPublic);
        if (field is not { FieldType.IsPointer: true } || sizeof(nuint) != sizeof(ulong))
        {
            return null;
        }

        if (!RuntimeFeature.IsDynamicCodeSupported)
        {
            return data => (nint)Pointer.Unbox(field.GetValue(data)!);
        }

        // Reflection would allocate for each event.
        var method = new DynamicMethod("EventRecordOf", typeof(nint), [typeof(TraceEvent)], typeof(TraceEvent), skipVisibility: true);
        ILGenerator il = method.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldfld, field);
        il.Emit(OpCodes.Ret);
        return method.CreateDelegate<Func<TraceEvent, nint>>();
    }
}
