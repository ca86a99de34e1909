using Pprof.Profiles;
using Pprof.Symbols.Managed;

namespace Pprof.Sources.Waits;

/// <summary>
/// Tells from a stack what its thread waits for, and whether it is the application's waiting at all. Looks an address up
/// once. Not safe for concurrent use.
/// </summary>
/// <param name="symbols">The names of methods.</param>
/// <param name="ownerAt">Whose the code at an address is.</param>
internal sealed class WaitClassifier(ManagedSymbols symbols, Func<nuint, CodeOwner> ownerAt)
{
    private const int MaxAddresses = 1 << 16;

    // Members of System.Threading. Pool workers that wait for work do so without an event; hooks see them, and those that
    // sleep.
    private static readonly (string Prefix, Role Role)[] s_roles =
    [
        ("LowLevelLifoSemaphore.", Role.Idle),
        ("LowLevelLock.", Role.Idle),
        ("Thread.Sleep", Role.Idle),
        ("WaitSubsystem.ThreadWaitInfo.Sleep", Role.Idle),
        ("Thread.StartCore", Role.Idle),
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
        ("Condition.Wait", Role.MonitorWait),
        ("Monitor.", Role.Lock),
        ("Lock.", Role.Lock),
        ("WaitHandle.", Role.WaitHandle),
    ];

    private readonly Dictionary<nuint, Frame> _frames = [];

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
    public LabelSet? Classify(ReadOnlySpan<nuint> frames)
    {
        var deciding = Role.Plumbing;
        var caller = CodeOwner.Runtime;
        bool inApplication = false;
        foreach (nuint address in frames)
        {
            Frame frame = Describe(address);
            caller = caller == CodeOwner.Runtime ? frame.Owner : caller;
            if (frame.Role == Role.Idle || frame.Owner == CodeOwner.PackageWatch || caller == CodeOwner.Package)
            {
                return null;
            }

            inApplication |= frame.Role == Role.Application;
            if (!inApplication && frame.Role > deciding)
            {
                deciding = frame.Role;
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

    /// <summary>The innermost frame in which the runtime waits for work, or sleeps; −1 where there is none.</summary>
    public int IndexOfIdle(ReadOnlySpan<nuint> frames)
    {
        int i = 0;
        while (i < frames.Length && Describe(frames[i]).Role != Role.Idle)
        {
            i++;
        }

        return i < frames.Length ? i : -1;
    }

    /// <summary>The innermost frame that is a lock's; −1 where there is none above the application's code.</summary>
    public int IndexOfLock(ReadOnlySpan<nuint> frames)
    {
        int i = 0;
        while (i < frames.Length && Describe(frames[i]).Role is not (Role.Lock or Role.Application))
        {
            i++;
        }

        return i < frames.Length && Describe(frames[i]).Role == Role.Lock ? i : -1;
    }

    /// <summary>
    /// The innermost frame that says what is waited for; with <paramref name="isShared"/> one that does so although others
    /// wait by it, too. −1 where there is none.
    /// </summary>
    public int IndexOfWait(ReadOnlySpan<nuint> frames, bool isShared)
    {
        int i = 0;
        while (i < frames.Length && Describe(frames[i]).Role is var role && (role == Role.Plumbing || (role == Role.WaitHandle && !isShared)))
        {
            i++;
        }

        return i < frames.Length ? i : -1;
    }

    /// <summary>The name of the method at <paramref name="address"/>; empty where unknown.</summary>
    public string NameOf(nuint address) => Describe(address).Name;

    private static Role RoleOf(string name)
    {
        if (Starts("System.Runtime.CompilerServices.") || Starts("Interop."))
        {
            // Task awaiters, as in GetAwaiter().GetResult(), and what calls native code.
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

    private Frame Describe(nuint address)
    {
        if (!_frames.TryGetValue(address, out Frame frame))
        {
            if (_frames.Count >= MaxAddresses)
            {
                _frames.Clear();
            }

            // What does not stay is kept by name.
            string name = (NamedFrames.Instance.Resolve(address) ?? symbols.Resolve(address))?.Name ?? "";
            frame = new Frame(RoleOf(name), ownerAt(address), name);
            _frames.Add(address, frame);
        }

        return frame;
    }

    private readonly record struct Frame(Role Role, CodeOwner Owner, string Name);
}
