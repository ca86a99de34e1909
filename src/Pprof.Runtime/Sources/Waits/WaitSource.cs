using Pprof.Collectors;
using Pprof.Process;

namespace Pprof.Sources.Waits;

/// <summary>Who sees threads wait, and tells the two profiles of it.</summary>
internal abstract class WaitSource
{
    private static WaitSource? s_instance;
    private static object? s_lock;
    private static bool s_made;

    private volatile bool _updated;

    protected WaitSource()
    {
        WaitRates.Changed += OnRateChanged;
    }

    /// <summary>The one for the runtime that this process runs on. Watches nothing until <see cref="Update"/>.</summary>
    public static WaitSource Instance => LazyInitializer.EnsureInitialized(
        ref s_instance, ref s_made, ref s_lock, Create)!;

    /// <summary>Held while what is watched changes.</summary>
    protected Lock Gate { get; } = new();

    public WaitProfile Mutex { get; } = new MutexWaits();

    public WaitProfile Block { get; } = new BlockWaits();

    /// <summary>Why nobody sees threads wait here, and what would help; null where somebody does.</summary>
    public abstract string? UnsupportedReason { get; }

    /// <summary>The seconds for which one watched second stood at most.</summary>
    public abstract int MaxWeight { get; }

    /// <summary>
    /// Waits until everything that happened before has been recorded; false when that takes too long.
    /// </summary>
    public abstract bool Flush();

    /// <summary>Why watching could not begin, or ended; null while it does what is wanted.</summary>
    public virtual string? Failure { get; private set; }

    /// <summary>
    /// Whether <see cref="Update"/> has something to do: a rate was set before there was a source, or watching failed, of
    /// something that may be over.
    /// </summary>
    public bool NeedsUpdate => !_updated || Failure is not null;

    /// <summary>
    /// Starts or ends watching, as the profiles are wanted now. Does not throw: the application has set a rate, and is not
    /// to fail because of it.
    /// </summary>
    public void Update()
    {
        lock (Gate)
        {
            try
            {
                Watch(Mutex.IsActive, Block.IsActive);
                Failure = null;
            }
            catch (Exception e)
            {
                Failure = e.Message;
            }

            _updated = true;
        }
    }

    /// <summary>The same on a thread of this package: the first time takes a while.</summary>
    public void UpdateInBackground() => OwnThreads.Start("pprof rates", Update);

    /// <summary>Begins to see every wait of <paramref name="waits"/>, until <see cref="CloseWindow"/>.</summary>
    /// <exception cref="ProfileUnavailableException">Watching could not begin.</exception>
    public void OpenWindow(WaitProfile waits)
    {
        waits.OpenWindow();
        Update();
        if (Failure is { } failure)
        {
            CloseWindow(waits);
            throw new ProfileUnavailableException(failure);
        }
    }

    /// <summary>Ends what <see cref="OpenWindow"/> began.</summary>
    public void CloseWindow(WaitProfile waits)
    {
        waits.CloseWindow();
        Update();
    }

    /// <summary>Called under a lock, each time that one of the two may have changed.</summary>
    protected abstract void Watch(bool mutex, bool block);

    private static WaitSource Create() =>
        ManagedRuntime.IsCoreClr ? new WaitEventSource() : new UnsupportedWaitSource("NativeAOT: the runtime does not tell where threads wait");

    private void OnRateChanged(bool atOnce)
    {
        if (atOnce)
        {
            Update();
        }
        else
        {
            UpdateInBackground();
        }
    }
}
