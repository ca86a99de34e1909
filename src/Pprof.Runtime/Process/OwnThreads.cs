using System.Diagnostics;

namespace Pprof.Process;

/// <summary>The threads of this package that watch, read and end sessions: what happens on them is not the application's.</summary>
internal static class OwnThreads
{
    /// <summary>Bytes of stack that most of them need.</summary>
    public const int StackSize = 256 * 1024;

    // Events come out of the stream later than they happen, and the system gives an id of a thread that ended to
    // another: so each id stands with its time, and stays for as long as its events can be under way.
    private static readonly long s_delay = 10 * Stopwatch.Frequency;

    private static volatile Lifetime[] s_lifetimes = [];

    /// <summary>
    /// Whether the thread with this id of the system's was one of them at that time, or a thread of the application's that
    /// was starting one of them.
    /// </summary>
    public static bool Contains(int systemId, long timestamp)
    {
        foreach (Lifetime lifetime in s_lifetimes)
        {
            if (lifetime.SystemId == systemId && timestamp >= lifetime.Start && timestamp <= lifetime.End)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Those of the threads that <paramref name="list"/> gives the system's ids of that are none of them.</summary>
    public static List<int> Others(Func<IEnumerable<int>> list)
    {
        // One that ends while the list is read may be in it. One that starts after it was read is not.
        long before = Stopwatch.GetTimestamp();
        List<int> all = [.. list()];
        HashSet<int> own = [.. Array.ConvertAll(Array.FindAll(s_lifetimes, lifetime => lifetime.IsWhole && lifetime.End >= before), static lifetime => lifetime.SystemId)];
        return all.FindAll(systemId => !own.Contains(systemId));
    }

    /// <summary>Whether <see cref="Start"/> failed because the process can have no more threads.</summary>
    public static bool IsLack(Exception exception) => exception is OutOfMemoryException or ThreadStartException;

    /// <summary>Why there was none when <see cref="Start"/> failed, and what would help.</summary>
    /// <param name="use">What it was to do: <c>reads the samples</c>.</param>
    public static string WhyNone(string use) => OperatingSystem.IsLinux() && ThreadStatus.Read(Environment.ProcessId, "Threads:") is null
        ? $"the process has no free descriptor, which a thread that {use} needs; raise the limit of open files (ulimit -n)"
        : $"the system has no thread that {use}; raise the limit of threads (ulimit -u) or of the container (pids.max), or give the process more memory";

    /// <summary>Starts a background thread that counts as one of them while it runs.</summary>
    public static Thread Start(string name, Action body, int stackSize = StackSize)
    {
        var thread = new Thread(() => Run(name, body), stackSize) { IsBackground = true, Name = name };

        // Made here, before there is another thread. In a NativeAOT program two that need it for the first time at one moment can
        // wait for each other for ever: one makes it, for which it needs what the other makes, which meets a lock that somebody
        // has, and the first one to do so looks there for how long it is to spin.
        _ = AppContext.GetData(name);

        // That a thread of the application creates one, and waits until it runs, is nothing of the application's either.
        WhileOwn(thread.UnsafeStart, isWhole: false);
        return thread;
    }

    private static void Run(string name, Action body)
    {
        bool hasBegun = false;
        try
        {
            WhileOwn(() =>
            {
                int systemId = SystemThreads.CurrentId;
                OwnCpuTime.Begin(systemId, name);
                hasBegun = true;
                RunBody(body);
                OwnCpuTime.End(systemId);
            }, isWhole: true);
        }
        catch (Exception)
        {
            // There is no memory to remember that it is one of them. Others wait for what it does.
            if (!hasBegun)
            {
                RunBody(body);
            }
        }
    }

    private static void RunBody(Action body)
    {
        try
        {
            body();
        }
        catch (Exception)
        {
            // What a body can expect to go wrong it reports. Anything else must not end the application.
        }
    }

    private static void WhileOwn(Action action, bool isWhole)
    {
        var lifetime = new Lifetime(SystemThreads.CurrentId, Stopwatch.GetTimestamp(), long.MaxValue, isWhole);
        Change(all => [.. Array.FindAll(all, other => other.End > lifetime.Start - s_delay), lifetime]);
        try
        {
            action();
        }
        finally
        {
            Change(all => [.. Array.FindAll(all, other => !ReferenceEquals(other, lifetime)), lifetime with { End = Stopwatch.GetTimestamp() }]);
        }
    }

    private static void Change(Func<Lifetime[], Lifetime[]> change)
    {
        Lifetime[] before;
        do
        {
            before = s_lifetimes;
        }
        while (Interlocked.CompareExchange(ref s_lifetimes, change(before), before) != before);
    }

    /// <param name="SystemId">The id of the thread.</param>
    /// <param name="Start">Since when.</param>
    /// <param name="End">Until when.</param>
    /// <param name="IsWhole">Whether it is the life of the thread, and not a moment of another's.</param>
    private sealed record Lifetime(int SystemId, long Start, long End, bool IsWhole);
}
