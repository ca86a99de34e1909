using Pprof.Encoding.Trace;
using Pprof.Profiles;

namespace Pprof.Runtime.Tests.Encoding.Trace;

/// <summary>Tells a trace what makes no sense: events of a few threads and units of work, at random and late.</summary>
/// <param name="seed">What it tells.</param>
/// <param name="disorder">What becomes of it on its way.</param>
internal sealed class RandomTrace(int seed, Disorder disorder = Disorder.None)
{
    private const int Threads = 6;
    private const int Works = 12;
    private const long Start = 1_000_000_000;

    private readonly Random _random = new(seed);
    private long _time = Start;

    public byte[] Make(int events) => Make(events, static (time, put) => new GoTrace(time, put, new NumberedFunctions()));

    public byte[] Make(int events, Func<long, Action<ReadOnlyMemory<byte>>, TraceRecorder> begin)
    {
        var bytes = new MemoryStream();
        TraceRecorder trace = begin(Start, piece => bytes.Write(piece.Span));
        List<Action<TraceRecorder>> story = [];
        for (int i = 0; i < events; i++)
        {
            // Some of a batch come late.
            _time += _random.Next(100_000);
            story.Add(Next(_random.Next(10) == 0 ? _time - _random.Next(5_000_000) : _time, _random.Next(Threads)));
        }

        foreach (Action<TraceRecorder> tell in Disordered.Of(story, disorder, _random))
        {
            tell(trace);
            if (_random.Next(20) == 0)
            {
                trace.Flush();
            }
        }

        trace.Complete(_time);
        return bytes.ToArray();
    }

    private Action<TraceRecorder> Next(long time, int thread)
    {
        long work = _random.Next(Works);
        int kind = _random.Next(3);
        int other = _random.Next(Works);
        int number = _random.Next();
        bool isRare = _random.Next(4) == 0;
        string name = "name " + _random.Next(4);
        nuint[] frames = [.. Enumerable.Range(0, _random.Next(4)).Select(_ => (nuint)(0x10000 + _random.Next(8)))];
        return _random.Next(27) switch
        {
            0 or 1 or 2 => trace => trace.Queue(time, thread, work, kind, frames),
            3 or 4 or 5 => trace => trace.Run(time, thread, work, kind),
            6 => trace => trace.End(time, thread),
            7 or 8 => trace => trace.Wait(time, thread, (TraceWait)(number % 6), frames),
            9 or 10 => trace => trace.Resume(time, thread, number % Threads),
            11 => Both(trace => trace.BeginCollection(time, thread), trace => trace.SetHeapSize(time, number)),
            12 => Both(trace => trace.EndCollection(time, thread), trace => trace.SetHeapGoal(time, number)),
            13 => trace => trace.BeginStop(time, thread),
            14 => trace => trace.HaveStopped(time, thread),
            15 => trace => trace.BeginRestart(time, thread),
            16 => trace => trace.EndStop(time, thread),
            17 => Both(trace => trace.BeginTask(time, thread, work, other, name), trace => trace.BeginRegion(time, thread, work, name)),
            18 => Both(trace => trace.EndRegion(time, thread, work, name), trace => trace.EndTask(time, thread, work, isRare ? null : name)),
            19 => trace => trace.Sample(time, thread, frames, waits: isRare),
            20 => Both(trace => trace.Compile(time, work, number), trace => trace.SetAllocated(time, number)),
            21 => trace => trace.EndThread(time, thread),
            22 => trace => trace.BeginOperation(time, thread, work + Works, kind, name, frames),
            23 => trace => trace.EnterOperation(time, thread, isRare ? 0 : work + Works),
            24 => trace => trace.LeaveOperation(time, thread),
            25 => trace => trace.EndOperation(time, thread, work + Works),
            _ => Both(trace => trace.NameThread(thread, "thread " + thread), trace => trace.Log(time, thread, work, "category", isRare ? "" : "message", frames)),
        };
    }

    private static Action<TraceRecorder> Both(Action<TraceRecorder> first, Action<TraceRecorder> second) => first + second;
}
