using System.Runtime.CompilerServices;
using Pprof.Sources.Snapshot.NativeAot;

namespace Pprof.Sources.Operations.NativeAot;

/// <summary>
/// Where objects of the class library have in a NativeAOT program what leads from one operation to the next: looked for in
/// objects of which it is known what they have.
/// </summary>
internal sealed class KnownPlaces
{
    // TASK_STATE_… of the class library's Task.
    private const int RanToCompletion = 0x1000000;
    private const int Faulted = 0x200000;
    private const int Canceled = 0x400000;
    private const int Completed = RanToCompletion | Faulted | Canceled;

    private const int Header = 8;
    private const int Listed = 3;

    private static readonly Lazy<KnownPlaces?> s_instance = new(Find, LazyThreadSafetyMode.PublicationOnly);

    /// <summary>Those of this program; null where they are not as they are known to be.</summary>
    public static KnownPlaces? Instance => s_instance.Value;

    /// <summary>Of a task, whether it has completed.</summary>
    public int TaskFlags { get; private init; }

    /// <summary>Of a task, what it calls when it completes.</summary>
    public int TaskContinuation { get; private init; }

    /// <summary>Of a task, the object that it was given, where one that is an operation too keeps its execution context; negative where that is not known.</summary>
    public int TaskState { get; private init; }

    /// <summary>Of a delegate, the object whose method it calls.</summary>
    public int DelegateTarget { get; private init; }

    /// <summary>Of a list of objects, the array.</summary>
    public int ListItems { get; private init; }

    /// <summary>Of a list of objects, how many there are.</summary>
    public int ListSize { get; private init; }

    /// <summary>Of a task that awaits several, how many have not completed: behind the fields of what it derives from.</summary>
    public int Remaining { get; private init; }

    private bool IsComplete =>
        TaskFlags >= 0 && TaskContinuation >= 0 && DelegateTarget >= 0 && ListItems >= 0 && ListSize >= 0;

    private static KnownPlaces? Find()
    {
        Action action = new Known().Run;
        var pending = new TaskCompletionSource();
        pending.Task.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(action);
        List<object> list = [new object(), new object(), new object(), new object()];

        // So that no other number in the list is how many there are.
        list.RemoveAt(Listed);
        object state = new();
        object items = KnownObject.PlaceOf(list, static value => value is object[]) is int place and >= 0 ? KnownObject.ReferenceAt(list, place)! : list;
        var places = new KnownPlaces
        {
            TaskFlags = OfFlags(pending.Task),
            TaskContinuation = KnownObject.PlaceOf(pending.Task, value => ReferenceEquals(value, action)),
            TaskState = KnownObject.PlaceOf(new Task(static _ => { }, state), value => ReferenceEquals(value, state)),
            DelegateTarget = KnownObject.PlaceOf(action, static value => value is Known),
            ListItems = KnownObject.PlaceOf(list, value => ReferenceEquals(value, items)),
            ListSize = KnownObject.PlaceOf(list, Header, Listed),
            Remaining = OfRemaining(pending.Task),
        };
        return places.IsComplete ? places : null;
    }

    private static int OfFlags(Task pending)
    {
        Task[] tasks = [pending, Task.CompletedTask, Task.FromException(new InvalidOperationException()), Task.FromCanceled(new CancellationToken(canceled: true))];
        int[] flags = [0, RanToCompletion, Faulted, Canceled];
        _ = tasks[2].Exception;
        int found = KnownObject.NotFound;
        int size = ObjectTable.SizeOf(ObjectTable.Of(pending));
        for (int place = Header; place + sizeof(int) <= size; place += sizeof(int))
        {
            if (tasks.Select(task => KnownObject.NumberAt(task, place) & Completed).SequenceEqual(flags))
            {
                found = found == KnownObject.NotFound ? place : int.MinValue;
            }
        }

        return found;
    }

    private static int OfRemaining(Task pending)
    {
        var all = Task.WhenAll(pending, pending, pending);
        int start = ObjectTable.SizeOf(ObjectTable.BaseOf(ObjectTable.Of(all)));
        return KnownObject.PlaceOf(all, start, Listed) is int place and >= 0 ? place - start : KnownObject.NotFound;
    }

    private sealed class Known
    {
        [MethodImpl(MethodImplOptions.NoInlining)]
        public void Run() => GC.KeepAlive(this);
    }
}
