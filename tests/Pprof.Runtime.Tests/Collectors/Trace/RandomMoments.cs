using System.Diagnostics;
using Pprof.Runtime.Tests.Encoding.Trace;
using Pprof.Sources.Trace;

namespace Pprof.Runtime.Tests.Collectors.Trace;

/// <summary>Moments of a few threads that make no sense together, at random, late, twice and with others missing.</summary>
internal sealed class RandomMoments(int seed, Disorder disorder)
{
    private const int FirstThread = 1_000_001;
    private const int Threads = 5;
    private const int Works = 12;

    private static readonly TraceMomentKind[] s_kinds = Enum.GetValues<TraceMomentKind>();

    private readonly Random _random = new(seed);

    public List<(TraceMoment Moment, nuint[] Frames)> Make(int count)
    {
        List<(TraceMoment, nuint[])> moments = [];
        long time = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
        {
            time += _random.Next(10_000);
            var moment = new TraceMoment
            {
                Kind = s_kinds[_random.Next(s_kinds.Length)],
                Thread = _random.Next(10) == 0 ? 0 : FirstThread + _random.Next(Threads),
                Timestamp = _random.Next(10) == 0 ? time - _random.Next(1_000_000) : time,
                Number = _random.Next(Works),
                Other = _random.Next(Works),
                Text = "text " + _random.Next(3),
                Detail = "detail " + _random.Next(3),
            };
            moments.Add((moment, [.. Enumerable.Range(0, _random.Next(4)).Select(_ => (nuint)(0x10000 + _random.Next(8)))]));
        }

        return Disordered.Of(moments, disorder, _random);
    }
}
