namespace Pprof.Encoding.Trace.Perfetto;

/// <summary>
/// The queue of the thread pool, as tracks on which work lies one after the other, drawn as one: as high as it was long. Work
/// that found a thread soon is not drawn; who starves is.
/// </summary>
internal sealed class PerfettoQueue(PerfettoFile file, PerfettoNames names, ulong parent, int rank)
{
    private const int MaxTracks = 1000;

    // By when they are free.
    private readonly PriorityQueue<ulong, long> _tracks = new();
    private int _count;

    /// <summary>Work that was not drawn, because there was too much at a time.</summary>
    public long Lost { get; private set; }

    /// <summary>Work lay in the queue.</summary>
    public void Draw(string name, long from, long until)
    {
        if (!_tracks.TryPeek(out ulong track, out long free) || free >= from)
        {
            if (_count == MaxTracks)
            {
                Lost++;
                return;
            }

            _count++;
            track = file.NewTrack();
            file.DescribeTrack(track, parent, "queue of the thread pool", rank);
        }
        else
        {
            _tracks.Dequeue();
        }

        _tracks.Enqueue(track, until);
        file.BeginSlice(track, from, names.Category("queue"), names.Name(name));
        file.EndSlice(track, until);
    }
}
