using Pprof.Encoding.Trace;
using Pprof.Profiles;

namespace Pprof.Runtime.Tests.Encoding.Trace;

/// <summary>Tells a trace what makes no sense: events of a few threads and units of work, at random, lost, late and twice.</summary>
internal sealed class RandomTrace(int seed)
{
    private const int Threads = 6;
    private const int Works = 12;

    private readonly Random _random = new(seed);
    private long _time = 1_000_000_000;

    public byte[] Make(int events) => Make(events, static (time, put) => new GoTrace(time, put, new NumberedFunctions()));

    public byte[] Make(int events, Func<long, Action<ReadOnlyMemory<byte>>, TraceRecorder> begin)
    {
        var bytes = new MemoryStream();
        TraceRecorder trace = begin(_time, piece => bytes.Write(piece.Span));
        for (int i = 0; i < events; i++)
        {
            // Some of a batch come late.
            _time += _random.Next(100_000);
            long time = _random.Next(10) == 0 ? _time - _random.Next(5_000_000) : _time;
            int thread = _random.Next(Threads);
            Tell(trace, time, thread);
            if (_random.Next(20) == 0)
            {
                trace.Flush();
            }
        }

        trace.Complete(_time);
        return bytes.ToArray();
    }

    private void Tell(TraceRecorder trace, long time, int thread)
    {
        long work = _random.Next(Works);
        int kind = _random.Next(3);
        string name = "name " + _random.Next(4);
        switch (_random.Next(25))
        {
            case 0 or 1 or 2:
                trace.Queue(time, thread, work, kind, Frames());
                break;
            case 3 or 4 or 5:
                trace.Run(time, thread, work, kind);
                break;
            case 6:
                trace.End(time, thread);
                break;
            case 7 or 8:
                trace.Wait(time, thread, (TraceWait)_random.Next(6), Frames());
                break;
            case 9 or 10:
                trace.Resume(time, thread, _random.Next(Threads));
                break;
            case 11:
                trace.BeginCollection(time, thread);
                trace.SetHeapSize(time, _random.Next());
                break;
            case 12:
                trace.EndCollection(time, thread);
                trace.SetHeapGoal(time, _random.Next());
                break;
            case 13:
                trace.BeginStop(time, thread);
                break;
            case 14:
                trace.EndStop(time, thread);
                break;
            case 15:
                trace.BeginTask(time, thread, work, _random.Next(Works), name);
                trace.BeginRegion(time, thread, work, name);
                break;
            case 16:
                trace.EndRegion(time, thread, work, name);
                trace.EndTask(time, thread, work, _random.Next(2) == 0 ? null : name);
                break;
            case 17 or 18:
                trace.Sample(time, thread, Frames(), waits: _random.Next(4) == 0);
                break;
            case 21:
                trace.BeginOperation(time, thread, work + Works, kind, name, Frames());
                break;
            case 22:
                trace.EnterOperation(time, thread, _random.Next(4) == 0 ? 0 : work + Works);
                break;
            case 23:
                trace.LeaveOperation(time, thread);
                break;
            case 24:
                trace.EndOperation(time, thread, work + Works);
                break;
            case 19:
                trace.Compile(time, work, _random.Next());
                trace.SetAllocated(time, _random.Next());
                break;
            case 20:
                trace.EndThread(time, thread);
                break;
            default:
                trace.NameThread(thread, "thread " + thread);
                trace.Log(time, thread, work, "category", _random.Next(2) == 0 ? "" : "message", Frames());
                break;
        }
    }

    private nuint[] Frames() => [.. Enumerable.Range(0, _random.Next(4)).Select(_ => (nuint)(0x10000 + _random.Next(8)))];
}
