using Pprof.Process;

namespace Pprof.Sources.Threads.Linked;

/// <summary>
/// NativeAOT on Linux: the program was linked with a hook in what creates threads. It records from the first thread on; a
/// thread of this package reads what it has recorded, before there is no more room, while threads are to be watched.
/// Otherwise who looks at them does.
/// </summary>
internal sealed class LinkedThreadSource : ThreadCreationSource
{
    // The hook wakes who reads when there is much to read.
    private static readonly TimeSpan s_pause = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly LinkedThreadHooks _hooks;
    private readonly RingDraining _draining;
    private int _windows;
    private bool _isReading;
    private volatile string? _failure;

    public LinkedThreadSource(IThreadSink sink, LinkedThreadHooks hooks)
        : base(sink)
    {
        _hooks = hooks;
        _draining = new RingDraining(hooks.Ring, new LinkedThreadReader(sink), s_pause);
        WatchesAlways.Changed += UpdateAsync;
    }

    public override string? UnsupportedReason => SystemThreads.UnsupportedReason;

    public override string? Failure => _failure;

    public override bool KnowsCreators => true;

    public override bool IsWanted => true;

    public override long Lost => _hooks.Ring.Lost;

    private bool IsFollowed => WatchesAlways.IsOn || _windows > 0;

    public override void Look()
    {
        HashSet<int> listed = ReadThreads();
        _draining.Drain();
        Sink.Listed(listed);
    }

    public override Task UpdateAsync()
    {
        lock (_gate)
        {
            if (!IsFollowed || _isReading)
            {
                _hooks.Ring.WakeReader();
                return Task.CompletedTask;
            }

            try
            {
                _isReading = true;
                _failure = null;
                OwnThreads.Start("pprof threads", Read);
            }
            catch (Exception e) when (OwnThreads.IsLack(e))
            {
                // What finds no room is counted as lost, and the list of threads has it.
                _isReading = false;
            }

            return Task.CompletedTask;
        }
    }

    public override Task OpenAsync()
    {
        lock (_gate)
        {
            _windows++;
        }

        return UpdateAsync();
    }

    public override Task CloseAsync()
    {
        lock (_gate)
        {
            _windows--;
        }

        return UpdateAsync();
    }

    public override Task<bool> FlushAsync()
    {
        Look();
        return Task.FromResult(true);
    }

    private void Read()
    {
        try
        {
            _draining.DrainWhile(GoesOn);
        }
        catch (Exception e)
        {
            // The next one that asks begins again.
            lock (_gate)
            {
                _failure = "the creation of threads could not be read: " + e.Message;
                _isReading = false;
            }
        }
    }

    private bool GoesOn()
    {
        lock (_gate)
        {
            return _isReading = IsFollowed;
        }
    }
}
