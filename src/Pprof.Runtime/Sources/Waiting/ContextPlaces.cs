using Pprof.Process;
using Pprof.Sources.Operations.NativeAot;
using Pprof.Sources.Snapshot.NativeAot;

namespace Pprof.Sources.Waiting;

/// <summary>
/// Where a thread has its context (<see cref="SynchronizationContext"/>), and where what a task calls to go on in one has that
/// (<c>SynchronizationContextAwaitTaskContinuation</c>).
/// </summary>
/// <param name="OfThread">In the class library's object for a thread, its context.</param>
/// <param name="Continuation">The table of what a task calls; 0 where it is not known.</param>
/// <param name="OfContinuation">In that, the context.</param>
/// <param name="Action">In that, the delegate that goes on.</param>
/// <param name="Target">In a delegate, the object whose method it calls.</param>
internal sealed record ContextPlaces(int OfThread, ulong Continuation, int OfContinuation, int Action, int Target)
{
    private const string ContinuationType = "System.Threading.Tasks.SynchronizationContextAwaitTaskContinuation, System.Private.CoreLib";

    private static readonly Lazy<ContextPlaces?> s_instance = new(Find, LazyThreadSafetyMode.PublicationOnly);

    /// <summary>Those of this version of the class library; null where they are not known.</summary>
    public static ContextPlaces? Instance => s_instance.Value;

    /// <summary>Whether it is known what a task calls.</summary>
    public bool AreOfContinuations => Continuation != 0 && OfContinuation >= 0 && Action >= 0 && Target >= 0;

    private static ContextPlaces? Find() =>
        (ManagedRuntime.IsCoreClr ? FindByName() : FindInKnown()) is { OfThread: >= 0 } places ? places : null;

    private static ContextPlaces FindByName()
    {
        var continuation = Type.GetType(ContinuationType);
        return new ContextPlaces(
            ClassLibrary.Place(typeof(Thread), "_synchronizationContext"),
            ClassLibrary.MethodTable(continuation),
            ClassLibrary.Place(continuation, "m_syncContext"),
            ClassLibrary.Place(continuation, "m_action"),
            ClassLibrary.Place(typeof(Delegate), "_target"));
    }

    /// <summary>Where fields have no names: in this thread, and in what a task has to call that is awaited in a context.</summary>
    private static ContextPlaces FindInKnown()
    {
        var context = new Known();
        Action action = context.Run;
        var pending = new TaskCompletionSource();
        SynchronizationContext? before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(context);
        int ofThread;
        try
        {
            ofThread = KnownObject.PlaceOf(Thread.CurrentThread, value => ReferenceEquals(value, context));
            pending.Task.GetAwaiter().UnsafeOnCompleted(action);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }

        return KnownPlaces.Instance is { } known && KnownObject.ReferenceAt(pending.Task, known.TaskContinuation) is { } continuation
            ? new ContextPlaces(
                ofThread,
                ObjectTable.Of(continuation),
                KnownObject.PlaceOf(continuation, value => ReferenceEquals(value, context)),
                KnownObject.PlaceOf(continuation, value => ReferenceEquals(value, action)),
                known.DelegateTarget)
            : new ContextPlaces(ofThread, 0, KnownObject.NotFound, KnownObject.NotFound, KnownObject.NotFound);
    }

    private sealed class Known : SynchronizationContext
    {
        public void Run() => GC.KeepAlive(this);
    }
}
