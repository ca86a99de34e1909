using Pprof.Profiles;
using Pprof.Sources.Waits;
using Pprof.Symbols.Managed;

namespace Pprof.Collectors.Waits;

/// <summary>
/// Tells from the names in a stack what its thread waits for, and whether it is the application's waiting at all. Looks
/// an address up once. Not safe for concurrent use.
/// </summary>
internal sealed class WaitStacks
{
    private const int MaxAddresses = 1 << 16;

    // Members of System.Threading. Pool workers that wait for work do so without an event.
    private static readonly (string Prefix, Role Role)[] s_roles =
    [
        ("PortableThreadPool.GateThread.", Role.Idle),
        ("PortableThreadPool.WaitThread.", Role.Idle),
        ("TimerQueue.TimerThread", Role.Idle),
        ("Tasks.Task.InternalWait", Role.Task),
        ("Tasks.Task.SpinThenBlockingWait", Role.Task),
        ("Tasks.Task.WaitA", Role.Task),
        ("Tasks.Parallel.", Role.Parallel),
        ("Tasks.TaskReplicator.", Role.Parallel),
        ("SemaphoreSlim.", Role.Semaphore),
        ("ReaderWriterLock", Role.ReaderWriterLock),
        ("Thread.Join", Role.ThreadJoin),
        ("ManualResetEventSlim.", Role.Event),
        ("CountdownEvent.", Role.Event),
        ("Barrier.", Role.Event),
        ("Monitor.Wait", Role.MonitorWait),
        ("Monitor.ObjWait", Role.MonitorWait),
        ("Monitor.", Role.Lock),
        ("Lock.", Role.Lock),
        ("WaitHandle.", Role.WaitHandle),
    ];

    private readonly ManagedSymbols _symbols = ManagedSymbols.Create();
    private readonly Dictionary<nuint, (Role Role, string Name)> _frames = [];

    /// <summary>What a frame says about the wait. Of those in a row at the leaf the highest decides.</summary>
    private enum Role
    {
        Application,
        Plumbing,
        WaitHandle,
        MonitorWait,
        Event,
        ThreadJoin,
        ReaderWriterLock,
        Semaphore,
        Task,
        Parallel,
        Lock,
        Idle,
    }

    /// <summary>
    /// The label for a wait; null where the runtime waits for work, or this package for something of its own.
    /// </summary>
    public LabelSet? Classify(ReadOnlySpan<nuint> stack)
    {
        var deciding = Role.Plumbing;
        bool inApplication = false;
        foreach (nuint frame in stack)
        {
            Role role = Describe(frame).Role;
            if (role == Role.Idle)
            {
                return null;
            }

            inApplication |= role == Role.Application;
            if (!inApplication && role > deciding)
            {
                deciding = role;
            }
        }

        return deciding switch
        {
            Role.WaitHandle => WaitKind.WaitHandle,
            Role.MonitorWait => WaitKind.MonitorWait,
            Role.Event => WaitKind.Event,
            Role.ThreadJoin => WaitKind.ThreadJoin,
            Role.ReaderWriterLock => WaitKind.ReaderWriterLock,
            Role.Semaphore => WaitKind.Semaphore,
            Role.Task => WaitKind.SyncOverAsync,
            Role.Parallel => WaitKind.Parallel,
            Role.Lock => WaitKind.Lock,
            _ => LabelSet.Empty,
        };
    }

    /// <summary>The name of the method at <paramref name="address"/>; empty where unknown.</summary>
    public string NameOf(nuint address) => Describe(address).Name;

    private (Role Role, string Name) Describe(nuint address)
    {
        if (!_frames.TryGetValue(address, out (Role, string) frame))
        {
            if (_frames.Count >= MaxAddresses)
            {
                _frames.Clear();
            }

            string name = _symbols.Resolve(address)?.Name ?? "";
            frame = (RoleOf(name), name);
            _frames.Add(address, frame);
        }

        return frame;
    }

    private static Role RoleOf(string name)
    {
        if (Starts("Pprof.Sources.") || Starts("Pprof.Collectors."))
        {
            return Role.Idle;
        }

        if (Starts("System.Runtime.CompilerServices."))
        {
            // Task awaiters: GetAwaiter().GetResult().
            return Role.Plumbing;
        }

        if (Starts("System.Linq.Parallel."))
        {
            return Role.Parallel;
        }

        if (!Starts("System.Threading."))
        {
            return Role.Application;
        }

        string member = name["System.Threading.".Length..];
        foreach ((string prefix, Role role) in s_roles)
        {
            if (Begins(member, prefix))
            {
                return role;
            }
        }

        return Role.Plumbing;

        bool Starts(string prefix) => Begins(name, prefix);

        static bool Begins(string text, string prefix) => text.StartsWith(prefix, StringComparison.Ordinal);
    }
}
