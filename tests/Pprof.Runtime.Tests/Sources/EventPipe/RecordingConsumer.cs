using System.Buffers.Binary;
using Pprof.Sources.EventPipe;

namespace Pprof.Runtime.Tests.Sources.EventPipe;

internal sealed class RecordingConsumer : EventConsumer
{
    private readonly Lock _gate = new();
    private readonly List<(int Id, long Thread, long Number)> _events = [];
    private nuint[] _frames = [];
    private long _lost;

    public Action<int>? Seen { get; init; }

    public long Lost => Interlocked.Read(ref _lost);

    public nuint[] LastFrames
    {
        get
        {
            lock (_gate)
            {
                return _frames;
            }
        }
    }

    public List<(int Id, long Thread, long Number)> Events
    {
        get
        {
            lock (_gate)
            {
                return [.. _events];
            }
        }
    }

    public override void OnEvent(in RuntimeEvent data)
    {
        Seen?.Invoke(data.Id);
        lock (_gate)
        {
            _events.Add(data.Payload.Length >= 16 ? (data.Id, BinaryPrimitives.ReadInt64LittleEndian(data.Payload), BinaryPrimitives.ReadInt64LittleEndian(data.Payload[8..])) : (data.Id, 0, 0));
            _frames = data.Frames.ToArray();
        }
    }

    public override void OnLost(long count) => Interlocked.Add(ref _lost, count);
}
