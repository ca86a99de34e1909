using System.Reflection;
using Pprof.Profiles;
using Pprof.Sources.EventPipe;
using Pprof.Symbols.Managed;

namespace Pprof.Sources.Waits;

/// <summary>
/// Tells from a stack what its thread waits for, and whether it is the application's waiting at all. Looks an address up
/// once. Not safe for concurrent use.
/// </summary>
/// <param name="symbols">The names of methods.</param>
/// <param name="methodAt">The method at an address; null where that is not managed code.</param>
internal sealed class WaitClassifier(ManagedSymbols symbols, Func<nuint, MethodBase?> methodAt)
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

    /// <summary>Whose code a frame is.</summary>
    private enum Owner
    {
        /// <summary>The core library's, or nobody's: who called it says for whom it waits.</summary>
        Runtime,

        /// <summary>This package's, where it does something of its own.</summary>
        Package,

        /// <summary>This package's, where everything that is called is for its sake.</summary>
        PackageWatch,

        /// <summary>The application's or a library's, or what the application calls of this package.</summary>
        Application,
    }

    /// <summary>
    /// The label for a wait; null where the runtime waits for work, or this package for something of its own.
    /// </summary>
    public LabelSet? Classify(ReadOnlySpan<nuint> frames)
    {
        var deciding = Role.Plumbing;
        var caller = Owner.Runtime;
        bool inApplication = false;
        foreach (nuint address in frames)
        {
            Frame frame = Describe(address);
            caller = caller == Owner.Runtime ? frame.Owner : caller;
            if (frame.Role == Role.Idle || frame.Owner == Owner.PackageWatch || caller == Owner.Package)
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

    /// <summary>The name of the method at <paramref name="address"/>; empty where unknown.</summary>
    public string NameOf(nuint address) => Describe(address).Name;

    private static Role RoleOf(string name)
    {
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

    private static Owner OwnerOf(MethodBase? method)
    {
        Type? type = method?.DeclaringType;
        while (type?.DeclaringType is { } outer)
        {
            // The code of a lambda is the code of who wrote it.
            type = outer;
        }

        return type is null ? (method is null ? Owner.Runtime : Owner.Application)
            : type == typeof(EventWatch) ? Owner.PackageWatch
            : type.Assembly == typeof(WaitClassifier).Assembly ? (type.IsPublic ? Owner.Application : Owner.Package)
            : type.Assembly == typeof(object).Assembly ? Owner.Runtime
            : Owner.Application;
    }

    private Frame Describe(nuint address)
    {
        if (!_frames.TryGetValue(address, out Frame frame))
        {
            if (_frames.Count >= MaxAddresses)
            {
                _frames.Clear();
            }

            string name = symbols.Resolve(address)?.Name ?? "";
            frame = new Frame(RoleOf(name), OwnerOf(methodAt(address)), name);
            _frames.Add(address, frame);
        }

        return frame;
    }

    private readonly record struct Frame(Role Role, Owner Owner, string Name);
}
