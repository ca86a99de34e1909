using System.Runtime.CompilerServices;
using Pprof.Sources.Snapshot;
using Pprof.Sources.Snapshot.NativeAot;
using Pprof.Symbols.Managed;

namespace Pprof.Sources.Waiting;

/// <summary>
/// The objects for whose monitors threads of a NativeAOT program wait. One that is contended has in its header the number of its
/// entry in a table of locks, to which nothing else leads. Who called the monitor needs the object again to leave it, so a
/// reference to it is in that part of the stack; where others with an entry are there too, none is meant.
/// </summary>
/// <param name="snapshot">The heap.</param>
internal sealed class NativeMonitors(HeapCopy snapshot)
{
    // Before the object; and the bits that say what it has (ObjectHeader.cs of the runtime).
    private const int HeaderBytes = 4;
    private const uint Kinds = 0x0c000000;
    private const uint Entry = 0x08000000;
    private const uint EntryNumber = 0x03ffffff;

    private static readonly Lazy<bool> s_areKnown = new(Check, LazyThreadSafetyMode.PublicationOnly);

    /// <summary>The type of the object for whose lock a thread waits in a frame of the class library's; empty where that is not certain.</summary>
    public string TypeOf(CopiedThread thread, int frame)
    {
        while (frame < thread.Methods.Count && CopiedThread.IsClassLibrary(thread.Methods[frame]))
        {
            frame++;
        }

        // Where an object was before a garbage collection moved it, it may look as it did then: that is no other.
        (uint Number, ulong Table) first = default;
        ulong held = s_areKnown.Value && frame < thread.Methods.Count ? thread.FindOne(frame, IsAnother) : 0;
        return held != 0 && snapshot.TypeOf(TableAt(held)) is { } type ? TypeName.Of(type.FullName ?? type.Name) : "";

        bool IsAnother(ulong address)
        {
            uint header = snapshot.Memory.Read<uint>(address - HeaderBytes);
            (uint Number, ulong Table) found = (header & EntryNumber, TableAt(address));
            if ((header & Kinds) != Entry || found == first || snapshot.TypeOf(found.Table) is null)
            {
                return false;
            }

            first = found;
            return true;
        }
    }

    private ulong TableAt(ulong address) => snapshot.Memory.Read<ulong>(address) & ~7UL;

    /// <summary>An object gets an entry when it is locked and has to keep a hash code besides; for a hash code alone it needs none.</summary>
    private static bool Check()
    {
        object hashed = new();
        object locked = new();
        _ = RuntimeHelpers.GetHashCode(hashed);
        lock (locked)
        {
            _ = RuntimeHelpers.GetHashCode(locked);
        }

        return KindOf(locked) == Entry && KindOf(hashed) != Entry && KindOf(new object()) != Entry;
    }

    private static unsafe uint KindOf(object value)
    {
        // The header is no part of what a reference into the object may refer to.
        fixed (byte* first = &ObjectTable.At(value, ClassLibrary.Header))
        {
            return *(uint*)(first - ClassLibrary.Header - HeaderBytes) & Kinds;
        }
    }
}
