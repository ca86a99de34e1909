using Pprof.Sources.Snapshot;
using Pprof.Sources.Snapshot.NativeAot;

namespace Pprof.Sources.Waiting;

/// <summary>Where the class library's object for a thread has the number that it counts threads by, in a NativeAOT program.</summary>
/// <param name="Holder">In the object, another one that has the number; 0 where it has it itself.</param>
/// <param name="Id">There, the number.</param>
internal sealed record ThreadPlaces(int Holder, int Id)
{
    private static readonly Lazy<ThreadPlaces?> s_instance = new(Find);

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
        List<ThreadPlaces> found = [.. IdsIn(threads).Select(static id => new ThreadPlaces(0, id))];
        foreach (int place in ObjectTable.ReferencesOf(ObjectTable.Of(threads[0])))
        {
            object?[] holders = [.. threads.Select(thread => KnownObject.ReferenceAt(thread, place))];
            if (holders[0] is { } first && holders[1] is { } second && ObjectTable.Of(first) == ObjectTable.Of(second))
            {
                found.AddRange(IdsIn([first, second]).Select(id => new ThreadPlaces(place, id)));
            }
        }

        return found is [var only] ? only : null;

        IEnumerable<int> IdsIn(object[] holders) => KnownObject.PlacesOfNumbers(holders[0], ClassLibrary.Header).Where(place =>
            holders.Zip(threads).All(pair => KnownObject.NumberAt(pair.First, place) == pair.Second.ManagedThreadId));
    }
}
