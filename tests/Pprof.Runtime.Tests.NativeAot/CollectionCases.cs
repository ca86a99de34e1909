using Pprof.Process;
using Pprof.Sources.Trace;

namespace Pprof.Runtime.Tests.NativeAot;

/// <summary>Collections of this program, as the hooks write them down. Each case says "ok", or what is wrong.</summary>
internal static class CollectionCases
{
    private const int Room = 4096;

    /// <summary>Runs one.</summary>
    public static string Run(string name) => name switch
    {
        "known" => Known(),
        "overwritten" => Overwritten(),
        "unwatched" => Unwatched(),
        _ => throw new ArgumentException(name, nameof(name)),
    };

    private static string Known()
    {
        int before = GC.CollectionCount(0);
        LinkedCollectionLog log = Start();
        for (int generation = 0; generation <= 2; generation++)
        {
            GC.Collect(generation, GCCollectionMode.Forced, blocking: true);
        }

        List<TraceMoment> moments = Read(log);
        int happened = GC.CollectionCount(0) - before;
        TraceMoment[] begun = Of(moments, TraceMomentKind.CollectionBegin);
        int thread = SystemThreads.CurrentId;
        TraceMomentKind[] one =
        [
            TraceMomentKind.StopBegin, TraceMomentKind.StopComplete, TraceMomentKind.CollectionBegin, TraceMomentKind.CollectionEnd,
            TraceMomentKind.RestartBegin, TraceMomentKind.StopEnd,
        ];

        // What stops threads for anything else is not on this thread.
        TraceMoment[] own = [.. moments.Where(moment => moment.Thread == thread)];
        return begun.Length != happened ? $"{begun.Length} collections of {happened}"
            : !begun.Select(static moment => moment.Number).SequenceEqual(Enumerable.Range(before + 1, happened).Select(static number => (long)number)) ? string.Join(' ', begun)
            : !Enumerable.Range(0, 3).All(generation => own.Any(moment => moment.Text == $"generation {generation}")) ? string.Join(' ', own)
            : !own.Chunk(one.Length).All(chunk => chunk.Select(static moment => moment.Kind).SequenceEqual(one)) ? string.Join(' ', own)
            : !own.Chunk(one.Length).All(static chunk => chunk[2].Number == chunk[3].Number) ? "a collection ends as another"
            : !own.Select(static moment => moment.Timestamp).SequenceEqual(own.Select(static moment => moment.Timestamp).Order()) ? "not in order"
            : log.Overwritten != 0 ? "something is missing"
            : "ok";
    }

    private static string Overwritten()
    {
        LinkedCollectionLog log = Start();
        for (int i = 0; i < 1_000; i++)
        {
            GC.Collect(0, GCCollectionMode.Forced, blocking: true);
        }

        List<TraceMoment> moments = Read(log);
        int kept = moments.Count - 1;
        return moments[0].Kind != TraceMomentKind.LostCollections || Of(moments, TraceMomentKind.LostCollections).Length != 1 ? "it is not said at the beginning that some are lost"
            : kept > Room ? $"{kept} moments"
            : log.Overwritten + kept < 6_000 ? $"{log.Overwritten} are missing beside {kept}"
            : Of(moments, TraceMomentKind.CollectionBegin).Length < Room / 8 ? "too few collections"
            : "ok";
    }

    private static string Unwatched()
    {
        LinkedCollectionLog log = Start();
        _ = Read(log);
        GC.Collect();
        log.Collect();
        return log.TryPeek(long.MaxValue, out _) ? "a collection is written down that nobody watches" : "ok";
    }

    private static LinkedCollectionLog Start() => LinkedCollectionLog.TryStart() ?? throw new InvalidOperationException(LinkedCollectionLog.UnsupportedReason);

    private static List<TraceMoment> Read(LinkedCollectionLog log)
    {
        LinkedCollectionLog.Stop();
        log.Collect();
        List<TraceMoment> moments = [];
        while (log.TryPeek(long.MaxValue, out _))
        {
            moments.Add(log.Take(out _));
        }

        return moments;
    }

    private static TraceMoment[] Of(List<TraceMoment> moments, TraceMomentKind kind) => [.. moments.Where(moment => moment.Kind == kind)];
}
