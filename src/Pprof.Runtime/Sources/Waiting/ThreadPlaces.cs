using Pprof.Sources.Snapshot;
using Pprof.Sources.Snapshot.NativeAot;

namespace Pprof.Sources.Waiting;

/// <summary>Where the class library's object for a thread has the number that it counts threads by, in a NativeAOT program.</summary>
/// <param name="Holder">In the object, another one that has the number; 0 where it has it itself.</param>
/// <param name="Id">There, the number.</param>
internal sealed record ThreadPlaces(int Holder, int Id)
{
    private static readonly Lazy<ThreadPlaces?> s_instance = new(Find, LazyThreadSafetyMode.PublicationOnly);

    /// <summary>Those of this version of the class library; null where they are not known.</summary>
    public static ThreadPlaces? Instance => s_instance.Value;

    /// <summary>The number of a thread in a copy.</summary>
    public uint IdOf(CopyMemory memory, ulong thread)
    {
        ulong holder = Holder == 0 ? thread : memory.Read<ulong>(thread + (ulong)Holder);
        return holder == 0 ? 0 : memory.Read<uint>(holder + (ulong)Id);
    }

    /// <summary>In threads that are not started: two, because one number may be anywhere.</summary>
    private static ThreadPlaces? Find()
    {
        Thread[] threads = [new(static () => { }), new(static () => { })];
        List<ThreadPlaces> found = [];
        Add(0, threads);
        foreach (int place in ObjectTable.ReferencesOf(ObjectTable.Of(threads[0])))
        {
            if (KnownObject.ReferenceAt(threads[0], place) is { } first
                && KnownObject.ReferenceAt(threads[1], place) is { } second
                && ObjectTable.Of(first) == ObjectTable.Of(second))
            {
                Add(place, [first, second]);
            }
        }

        return found is [var only] ? only : null;

        void Add(int holder, object[] holders)
        {
            foreach (int place in KnownObject.PlacesOfNumbers(holders[0], ClassLibrary.Header))
            {
                if (KnownObject.NumberAt(holders[0], place) == threads[0].ManagedThreadId && KnownObject.NumberAt(holders[1], place) == threads[1].ManagedThreadId)
                {
                    found.Add(new ThreadPlaces(holder, place));
                }
            }
        }
    }
}
