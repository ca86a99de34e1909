using Pprof.Process;
using Pprof.Sources.Snapshot.NativeAot;

namespace Pprof.Sources.Waiting;

/// <summary>Where a <see cref="SemaphoreSlim"/> has its counts, and the operations that wait for it.</summary>
/// <param name="Count">In the semaphore, how many may enter now.</param>
/// <param name="Max">In the semaphore, how many may be in it.</param>
/// <param name="Head">In the semaphore, the task of the operation that comes next.</param>
/// <param name="Next">In such a task, that of the operation after it.</param>
internal sealed record SemaphorePlaces(int Count, int Max, int Head, int Next)
{
    private static readonly Lazy<SemaphorePlaces?> s_instance = new(Find, LazyThreadSafetyMode.PublicationOnly);

    /// <summary>Those of this version of the class library; null where they are not known.</summary>
    public static SemaphorePlaces? Instance => s_instance.Value;

    private static SemaphorePlaces? Find()
    {
        SemaphorePlaces places = ManagedRuntime.IsCoreClr
            ? new SemaphorePlaces(
                ClassLibrary.Place(typeof(SemaphoreSlim), "m_currentCount"),
                ClassLibrary.Place(typeof(SemaphoreSlim), "m_maxCount"),
                ClassLibrary.Place(typeof(SemaphoreSlim), "m_asyncHead"),
                ClassLibrary.Place(ClassLibrary.TypeOfField(typeof(SemaphoreSlim), "m_asyncHead"), "Next"))
            : FindInKnown();
        return places is { Count: >= 0, Max: >= 0, Head: >= 0, Next: >= 0 } ? places : null;
    }

    /// <summary>Where fields have no names: in one with a count that no other number is, and in one that two wait for.</summary>
    private static SemaphorePlaces FindInKnown()
    {
        const int Count = 613;
        const int Max = 977;
        using var open = new SemaphoreSlim(Count, Max);
        var closed = new SemaphoreSlim(0, Max);
        Task first = closed.WaitAsync();
        Task second = closed.WaitAsync();
        var places = new SemaphorePlaces(
            KnownObject.PlaceOf(open, ClassLibrary.Header, Count),
            KnownObject.PlaceOf(open, ClassLibrary.Header, Max),
            KnownObject.PlaceOf(closed, value => ReferenceEquals(value, first)),
            KnownObject.PlaceOf(first, value => ReferenceEquals(value, second)));
        closed.Release(2);
        return places;
    }
}
