using System.Collections.Concurrent;
using Pprof.Process;

namespace Pprof.Labels;

/// <summary>
/// The labels of one thread, where the signal handler of the CPU profile can see them: their number in a word of native
/// memory. Made when a thread gets labels for the first time.
/// </summary>
internal sealed class ThreadLabels
{
    private static readonly ConcurrentDictionary<int, WeakReference<ThreadLabels>> s_byThread = new();
    private static int s_version;

    [ThreadStatic]
    private static ThreadLabels? s_current;

    private readonly WeakReference<ThreadLabels> _self;
    private readonly int _systemId;
    private readonly nint _word;
    private volatile PushedLabels? _labels;
    private LabelHistory? _history;

    private ThreadLabels()
    {
        _word = LabelWords.Take();
        _systemId = SystemThreads.CurrentId;
        _self = new WeakReference<ThreadLabels>(this);
        s_byThread[_systemId] = _self;
        WordTable.Add(_systemId, _word);
        Interlocked.Increment(ref s_version);
    }

    // Nothing but its thread holds it, so the thread has ended. Another one may have its id by now.
    ~ThreadLabels()
    {
        if (_word == 0)
        {
            // There was no memory for it.
            return;
        }

        s_byThread.TryRemove(KeyValuePair.Create(_systemId, _self));
        WordTable.Remove(_systemId, _word);
        LabelWords.Return(_word);
    }

    /// <summary>Whether there is a profile here that shows the labels of threads.</summary>
    public static bool AreShown => OperatingSystem.IsLinux() || ManagedRuntime.IsCoreClr;

    /// <summary>Changes when a thread has got its word.</summary>
    public static int Version => Volatile.Read(ref s_version);

    /// <summary>
    /// Sets the labels of the current thread. Called when the runtime changes contexts, where an exception would end the
    /// process: a thread that there is no memory for, or that is interrupted, has no labels.
    /// </summary>
    public static void TrySet(PushedLabels? labels)
    {
        try
        {
            Set(labels);
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadInterruptedException)
        {
        }
    }

    private static void Set(PushedLabels? labels)
    {
        if (s_current is not { } thread)
        {
            if (labels is null)
            {
                return;
            }

            s_current = thread = new ThreadLabels();
        }

        LabelHistory.Note(ref thread._history, thread._labels, labels);

        // Before the word: who reads it has to find them.
        thread._labels = labels;
        RecentLabels.Note(labels);
        LabelWords.Write(thread._word, labels?.Number ?? 0);
    }

    /// <summary>The word of a thread, by its id in the operating system, or 0.</summary>
    public static nint WordOf(int systemId) => Find(systemId)?._word ?? 0;

    /// <summary>The labels that a thread has now.</summary>
    public static PushedLabels? Of(int systemId) => Find(systemId)?._labels;

    /// <summary>
    /// The labels that a thread had at <paramref name="timestamp"/>, of the clock of <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>;
    /// false where they are not known any more. Only while a <see cref="LabelHistory"/> is kept.
    /// </summary>
    public static bool TryFind(int systemId, long timestamp, out PushedLabels? labels)
    {
        labels = null;
        if (Find(systemId) is not { } thread)
        {
            return true;
        }

        if (Volatile.Read(ref thread._history) is { } history)
        {
            return history.TryFind(timestamp, out labels);
        }

        // They have not changed since before anybody asked.
        labels = thread._labels;
        return true;
    }

    /// <summary>
    /// Forgets what has been kept of all threads. One whose labels change meanwhile may put its own back, which is whole.
    /// </summary>
    public static void DropHistories()
    {
        foreach ((_, WeakReference<ThreadLabels> reference) in s_byThread)
        {
            if (reference.TryGetTarget(out ThreadLabels? thread))
            {
                Volatile.Write(ref thread._history, null);
            }
        }
    }

    /// <summary>Whether a history of the thread is kept.</summary>
    internal static bool HasHistory(int systemId) => Find(systemId) is { } thread && Volatile.Read(ref thread._history) is not null;

    private static ThreadLabels? Find(int systemId) =>
        s_byThread.TryGetValue(systemId, out WeakReference<ThreadLabels>? reference) && reference.TryGetTarget(out ThreadLabels? found) ? found : null;
}
