using System.Reflection;
using System.Runtime.InteropServices;
using Pprof.Process;
using Pprof.Sources.Snapshot;
using Pprof.Sources.Snapshot.NativeAot;

namespace Pprof.Sources.Waiting;

/// <summary>Where a <see cref="Lock"/> has who holds it, and the event that waiters wait for, down to the number of that.</summary>
/// <param name="Owner">In the lock, the id of its holder.</param>
/// <param name="Event">In the lock, the event.</param>
/// <param name="Handle">In the event, its handle.</param>
/// <param name="Number">In the handle, its number.</param>
/// <param name="IsSystemId">Whether the class library keeps the system's id of a thread, and not the runtime's, which versions do differently.</param>
internal sealed record LockPlaces(int Owner, int Event, int Handle, int Number, bool IsSystemId)
{
    private static readonly Lazy<LockPlaces?> s_instance = new(Find, LazyThreadSafetyMode.PublicationOnly);

    /// <summary>Those of this version of the class library; null where they are not known.</summary>
    public static LockPlaces? Instance => s_instance.Value;

    private static LockPlaces? Find()
    {
        LockPlaces? places = ManagedRuntime.IsCoreClr ? FindByName() : FindInKnown();
        return places is { Owner: >= 0, Event: >= 0, Handle: >= 0, Number: >= 0 } ? places : null;
    }

    private static LockPlaces? FindByName()
    {
        var probe = new Lock();
        probe.Enter();
        uint owner = ValueOf(ObjectFields.Find(typeof(Lock), "_owningThreadId"), probe) is uint number ? number : 0;
        probe.Exit();
        bool isSystemId = owner == SystemThreads.CurrentId;

        // This thread does not tell where both of its ids are the same, or neither is there.
        return isSystemId == (owner == Environment.CurrentManagedThreadId) ? null : new LockPlaces(
            ClassLibrary.Place(typeof(Lock), "_owningThreadId"),
            ClassLibrary.Place(typeof(Lock), "_waitEvent"),
            ClassLibrary.Place(typeof(WaitHandle), "_waitHandle"),
            ClassLibrary.Place(typeof(SafeHandle), "handle"),
            isSystemId);
    }

    /// <summary>Where fields have no names: in a lock that this thread holds, and in an event of its own.</summary>
    private static LockPlaces? FindInKnown()
    {
        var probe = new Lock();
        int[] before = Numbers(probe);
        probe.Enter();
        int[] held = Numbers(probe);
        probe.Exit();
        using var waited = new AutoResetEvent(false);
        SafeHandle handle = waited.SafeWaitHandle;
        int[] references = ReferencesOf(probe);
        int managed = OwnerIs(Environment.CurrentManagedThreadId);
        int system = OwnerIs(SystemThreads.CurrentId);
        return (managed >= 0) == (system >= 0) || references.Length != 1 ? null : new LockPlaces(
            Math.Max(managed, system),
            references[0],
            KnownObject.PlaceOf(waited, value => ReferenceEquals(value, handle)),
            KnownObject.PlaceOf(handle, ClassLibrary.Header, (int)handle.DangerousGetHandle()),
            system >= 0);

        int OwnerIs(int id)
        {
            int[] found = [.. Enumerable.Range(0, held.Length).Where(i => held[i] == id && before[i] == 0)];
            return found is [var only] ? PlacesOf(probe)[only] : KnownObject.NotFound;
        }
    }

    private static int[] PlacesOf<T>(T probe)
        where T : class => [.. KnownObject.PlacesOfNumbers(probe, ClassLibrary.Header)];

    private static int[] ReferencesOf<T>(T probe)
        where T : class => ObjectTable.ReferencesOf(ObjectTable.Of(probe));

    private static int[] Numbers<T>(T probe)
        where T : class => [.. PlacesOf(probe).Select(place => KnownObject.NumberAt(probe, place))];

    // The compiler takes a lock that is an object for one by mistake.
    private static object? ValueOf<T>(FieldInfo? field, T holder)
        where T : class => field?.GetValue(holder);
}
