using Pprof.Symbols;

namespace Pprof.Collectors.Contention;

/// <summary>Who sees threads wait, and tells the two profiles of it.</summary>
internal abstract class WaitSource
{
    private static WaitSource? s_instance;
    private static object? s_lock;
    private static bool s_made;

    private readonly Lock _gate = new();

    protected WaitSource()
    {
        WaitRates.Changed += Update;
    }

    /// <summary>The one for the runtime that this process runs on.</summary>
    public static WaitSource Instance => LazyInitializer.EnsureInitialized(
        ref s_instance, ref s_made, ref s_lock, Create)!;

    private static WaitSource Create()
    {
        WaitSource source = ManagedRuntime.IsCoreClr ? new WaitEventSource() : new UnsupportedWaitSource("NativeAOT: the runtime does not tell where threads wait");

        // A rate may have been set before.
        source.Update();
        return source;
    }

    public WaitProfile Mutex { get; } = new MutexWaits();

    public WaitProfile Block { get; } = new BlockWaits();

    /// <summary>Why nobody sees threads wait here, and what would help; null where somebody does.</summary>
    public abstract string? UnsupportedReason { get; }

    /// <summary>What the reader of a profile has to know of its source.</summary>
    public abstract IEnumerable<string> Comments { get; }

    /// <summary>Waits until everything that happened before has been recorded, so far as that is possible.</summary>
    public abstract void Flush();

    /// <summary>Why watching could not begin when a rate was set; otherwise null.</summary>
    public string? Failure { get; private set; }

    /// <summary>Starts or ends watching, as the profiles are wanted now. Does not throw: the application set a rate.</summary>
    public void Update()
    {
        try
        {
            UpdateOrThrow();
        }
        catch (IOException e)
        {
            Failure = e.Message;
        }
    }

    /// <summary>Opens a window of <paramref name="waits"/>.</summary>
    /// <exception cref="IOException">Watching could not begin.</exception>
    public IDisposable OpenWindow(WaitProfile waits)
    {
        IDisposable window = waits.OpenWindow(Update);
        try
        {
            UpdateOrThrow();
            return window;
        }
        catch
        {
            window.Dispose();
            throw;
        }
    }

    /// <summary>Called under a lock, each time that one of the two may have changed.</summary>
    protected abstract void Watch(bool mutex, bool block);

    private void UpdateOrThrow()
    {
        lock (_gate)
        {
            Watch(Mutex.IsActive, Block.IsActive);
            Failure = null;
        }
    }
}
