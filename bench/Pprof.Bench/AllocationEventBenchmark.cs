using Pprof.Process;
using Pprof.Sources.Allocations;
using Pprof.Sources.Allocations.Callback;

namespace Pprof.Bench;

/// <summary>
/// Nanoseconds that it takes a thread to be sampled, for each 100 KB that it allocates, by its CPU clock: without, with the
/// runtime's events of which none becomes a sample, and with samples at the default rate, in turns of a megabyte.
/// </summary>
internal static unsafe class AllocationEventBenchmark
{
    private const int ThreadCpuClock = 3; // CLOCK_THREAD_CPUTIME_ID
    private const int EntryBytes = 1000;
    private const int EntriesBefore = 300;
    private const int EntriesOfTurn = 1000;
    private const int Entries = 50_000;
    private const int TurnsOfRound = 1000;
    private const double HundredKilobytes = EntriesOfTurn * EntryBytes / 100_000.0;

    private static readonly byte[]?[] s_table = new byte[Entries][];

    private enum Mode
    {
        Without,
        Events,
        Samples,
    }

    public static Task<int> RunAsync(Settings settings)
    {
        AllocationRing ring = AllocationRing.TryCreate() ?? throw new InvalidOperationException(AllocationRing.NoMemory);
        if (ProfilerAttachment.Attach(ring, ProfilerAttachment.LibraryFor(CallbackLibrary.X64, CallbackLibrary.Arm64), "allocations", out _) is { } reason)
            throw new InvalidOperationException(reason);

        ring.LearnRuntime();
        Console.WriteLine("a thread that allocates, nanoseconds of its CPU time for each 100 KB");
        Run(ring, "a table whose entries are replaced at random", settings.Rounds, isCache: true);
        Run(ring, "everything dies", settings.Rounds, isCache: false);
        return Task.FromResult(0);
    }

    private static void Run(AllocationRing ring, string title, int rounds, bool isCache)
    {
        var rate = new ThinnedRate(ring, new SamplingSlices(static () => false));
        var reader = new HandleReader();
        var random = new Random(7);
        Mode[] modes = Enum.GetValues<Mode>();
        List<double>[] turns = [.. modes.Select(static _ => new List<double>())];
        long events = 0;
        long eventTurns = 0;
        for (int turn = -TurnsOfRound; turn < rounds * TurnsOfRound; turn++)
        {
            for (int i = 0; i < modes.Length; i++)
            {
                // None always after the same other.
                Mode mode = modes[turn % 2 == 0 ? i : modes.Length - 1 - i];
                if (mode == Mode.Samples)
                    rate.Set(HeapService.Rate);
                else
                    ring.Keep.Fill(1);

                long told = ring.Delivered;
                double time = Turn(ring, mode, isCache, random);
                _ = ring.Drain(reader);
                if (turn < 0)
                    continue;

                turns[(int)mode].Add(time / HundredKilobytes);
                events += ring.Delivered - told;
                eventTurns += mode == Mode.Without ? 0 : 1;
            }
        }

        Console.WriteLine($"  {title}: {Comparison.TrimmedMean(turns[0]):N0} without, {events / (double)eventTurns / (HundredKilobytes + (EntriesBefore * EntryBytes / 100_000.0)):F2} events");
        Console.WriteLine($"    events   {Comparison.DescribeDifference(turns[1], turns[0])}");
        Console.WriteLine($"    samples  {Comparison.DescribeDifference(turns[2], turns[1])}");
    }

    private static double Turn(AllocationRing ring, Mode mode, bool isCache, Random random)
    {
        // Before each turn one ends, so that what that leaves behind in caches is the same for all.
        Start(ring);
        ring.Stop();
        if (mode != Mode.Without)
            Start(ring);

        // The first event of a session takes longer than all that follow.
        Allocate(EntriesBefore, isCache, random);
        long start = Libc.Nanoseconds(ThreadCpuClock);
        Allocate(EntriesOfTurn, isCache, random);
        long time = Libc.Nanoseconds(ThreadCpuClock) - start;
        if (mode != Mode.Without)
            ring.Stop();

        return time;
    }

    private static void Start(AllocationRing ring)
    {
        if (ring.Start() < 0)
            throw new InvalidOperationException("No session of events began.");
    }

    private static void Allocate(int entries, bool isCache, Random random)
    {
        for (int i = 0; i < entries; i++)
        {
            byte[] entry = new byte[EntryBytes - 24];
            if (isCache)
                s_table[random.Next(Entries)] = entry;
        }
    }

    // Handles are given back, as the sampling thread does it.
    private sealed class HandleReader : IRecordReader
    {
        public void Read(AllocationRecord* record) => new WeakHandle(record->Handle).Free();
    }
}
