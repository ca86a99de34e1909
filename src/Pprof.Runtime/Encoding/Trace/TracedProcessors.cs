namespace Pprof.Encoding.Trace;

/// <summary>The processors of a trace: places in which threads run one after the other.</summary>
internal sealed class TracedProcessors
{
    private const int None = TracedThread.None;

    private readonly GoTraceFile _file;
    private readonly List<TracedThread?> _threads = [];
    private int _outside = None;

    /// <summary>Writes how many there can be, which the tool wants to know first.</summary>
    public TracedProcessors(GoTraceFile file, long time)
    {
        _file = file;
        WriteCount(Environment.ProcessorCount, time);
    }

    /// <summary>A processor on which nothing ever runs: for what happens on none.</summary>
    public int Outside => _outside != None ? _outside : _outside = Add(_file.Time);

    /// <summary>Gives the thread a processor, if it has none.</summary>
    public void Give(TracedThread thread, long time)
    {
        if (thread.Processor == None)
        {
            int processor = Find(thread.LastProcessor, time);
            _threads[processor] = thread;
            thread.Processor = thread.LastProcessor = processor;
            _file.Event(processor, GoTraceEvent.ProcessorStart, time, (ulong)thread.SystemId);
        }
    }

    /// <summary>Lets another thread have the processor of this one, on which no work runs any more.</summary>
    public void TakeBack(TracedThread thread, long time)
    {
        if (thread.Processor != None)
        {
            _file.Event(thread.Processor, GoTraceEvent.ProcessorStop, time);
            _threads[thread.Processor] = null;
            thread.Processor = None;
        }
    }

    private int Find(int preferred, long time)
    {
        if (preferred != None && _threads[preferred] is null)
        {
            return preferred;
        }

        for (int i = 0; i < _threads.Count; i++)
        {
            if (_threads[i] is null && i != _outside)
            {
                return i;
            }
        }

        return Add(time);
    }

    private int Add(long time)
    {
        _threads.Add(null);
        if (_threads.Count > Environment.ProcessorCount)
        {
            WriteCount(_threads.Count, time);
        }

        return _threads.Count - 1;
    }

    // The tool counts on no processor beyond these.
    private void WriteCount(int count, long time) => _file.Event(0, GoTraceEvent.ProcessorCount, time, (ulong)count, GoTraceStacks.None);
}
