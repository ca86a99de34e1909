using System.Diagnostics.Tracing;
using System.Globalization;
using System.IO.Compression;
using System.Linq.Expressions;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Microsoft.Diagnostics.NETCore.Client;
using Pprof.Collectors;
using Pprof.Collectors.Heap;
using Pprof.Encoding;
using Pprof.Encoding.Protobuf;
using Pprof.Encoding.Text;
using Pprof.Labels;
using Pprof.Profiles;
using Pprof.Runtime.Tests.Collectors.Waits;
using Pprof.Runtime.Tests.Encoding.Text;
using Pprof.Runtime.Tests.Labels;
using Pprof.Runtime.Tests.Sources.EventPipe;
using Pprof.Sources.Allocations;
using Pprof.Sources.Allocations.Callback;
using Pprof.Symbols;
using Pprof.Testing;
using Pprof.Testing.Scraping;
using Xunit;
using static Pprof.Runtime.Tests.Collectors.Heap.KnownAllocations;
using Proto = Pprof.Tool.Proto;

namespace Pprof.Runtime.Tests.Collectors.Heap;

/// <summary>
/// The heap of the process that runs the tests as only the callback tells of it: all the time, with handles that are given back,
/// in tables that are there for the life of the process.
/// </summary>
[Measures]
[Collection(nameof(EventPipeCollection))]
public sealed class HeapProfileTests : IDisposable
{
    private const int AllocatedBytes = 1;
    private const int MadeLength = 5_000;
    private const long MadeBytes = 24 + (MadeLength * 8);
    private const int MadeOfEach = 20;

    private static readonly HeapProfileCollector s_collector = new();
    private static readonly ParameterExpression s_number = Expression.Parameter(typeof(int));
    private static object? s_sink;

    private readonly SampledProcess _process = SampledProcess.Always(s_collector);

    private static CallbackAllocationSource Source => (CallbackAllocationSource)((PreferredAllocationSource)ProcessAllocations.Source).Preferred;

    public void Dispose() => _process.Dispose();

    /// <summary>The array of a thread's own values grows when a value with a higher number than those before is set.</summary>
    [LinuxFact]
    public void TheArraysOfThreadLocalValuesAreSeen()
    {
        const int Values = 4_000;
        const int Threads = 1_000;
        ThreadLocal<ThreadValue>[] values = [.. Enumerable.Range(0, Values).Select(static _ => new ThreadLocal<ThreadValue>())];
        Profile before = s_collector.Snapshot();
        for (int i = 0; i < Threads; i++)
        {
            var thread = new Thread(() => SetLast(values));
            thread.Start();
            thread.Join();
        }

        Profile delta = ProfileDelta.Between(before, s_collector.Snapshot());
        Array.ForEach(values, static value => value.Dispose());

        // A word for each number below the next power of 2.
        NamedSample[] samples = [.. NamedSample.Of(delta).Where(static sample => sample.Has(nameof(SetLast)) && sample.Stack[0].EndsWith("[]", StringComparison.Ordinal))];
        AssertNear(Threads * (24L + (4_096 * 8)), samples.Sum(static sample => sample.Values[AllocatedBytes]), delta);
    }

    /// <summary>However late samples are read: that a collection came meanwhile shows in how old their objects are.</summary>
    [LinuxFact]
    public void WhatACollectionHasSeenBeforeItWasReadIsInUse()
    {
        Collect();
        Profile before = s_collector.Snapshot();
        object[] kept = new object[4_000];
        for (int i = 0; i < kept.Length; i++)
        {
            kept[i] = NewKept();
        }

        // A collection may leave all as young as it was.
        for (int i = 0; i < 10 && GC.GetGeneration(kept[0]) == 0; i++)
        {
            GC.Collect(0);
        }

        Profile profile = s_collector.Snapshot();

        Assert.All(kept, static item => Assert.NotEqual(0, GC.GetGeneration(item)));
        AssertNear(kept.Length * 1000L, KnownLives.Live(NamedSample.Of(ProfileDelta.Between(before, profile)), nameof(NewKept)), profile);
    }

    [LinuxFact]
    public void HandlesAreGivenBack()
    {
        for (int round = 0; round < 30; round++)
        {
            for (int i = 0; i < 100_000; i++)
            {
                s_sink = NewDropped();
            }
        }

        s_sink = null;
        Collect();
        s_collector.Snapshot();

        // Some 30,000 samples have come. What the tests themselves keep is a few hundred objects.
        Assert.InRange(Source.Handles, 0, 2_000);
    }

    /// <summary>
    /// More stacks than are kept apart: those that come late are merged, and their bytes are still there. Who scrapes meanwhile
    /// finds again what was there before.
    /// </summary>
    [LinuxFact]
    public void HoweverManyStacksThereAreTheBytesAreRight()
    {
        const int Depth = 14;
        Profile before = s_collector.Snapshot();
        List<Profile> scrapes = [];
        for (int path = 0; path < 1 << Depth; path++)
        {
            Turn(path, Depth);
            if (path % 40 == 0)
            {
                // Not so many at a time that they are thinned.
                Thread.Sleep(10);
            }

            if (path % (1 << (Depth - 2)) == 0)
            {
                scrapes.Add(s_collector.Snapshot());
            }
        }

        Profile after = s_collector.Snapshot();
        Profile delta = ProfileDelta.Between(before, after);

        Assert.True(after.Gaps.MergedSamples > 0);
        Assert.Equal(0, scrapes[0].Gaps.MergedSamples);
        foreach ((Profile earlier, Profile later) in scrapes.Zip(scrapes.Skip(1).Append(after)))
        {
            Assert.Empty(EngineRules.Shrunk(Decode(earlier), Decode(later)).Take(3));
        }

        // Fewer than may be kept where they are as deep as those of other tests.
        Assert.InRange(after.Samples.Count, 100, 8_192);
        Assert.Contains(NamedSample.Of(after), static sample => sample.Stack[0] == "[rare stacks]");
        AssertNear((1 << Depth) * 200_024L, Sum(delta, AllocatedBytes), delta);
        Assert.Contains(GapText.Comments(after), static comment => comment.Contains("only the outermost frames are kept", StringComparison.Ordinal));
    }

    /// <summary>The addresses of code that is gone are soon those of other code, which allocated nothing.</summary>
    [LinuxFact]
    public void CodeThatIsGoneKeepsItsNameAndItsShare()
    {
        const int Methods = 300;
        const int OthersOfEach = 5;
        List<Func<int, int>> others = [];
        Profile before = s_collector.Snapshot();
        for (int i = 0; i < Methods; i++)
        {
            AllocateFrom(NewMaker(i));
            for (int j = 0; j < OthersOfEach; j++)
            {
                others.Add(Expression.Lambda<Func<int, int>>(Expression.Add(s_number, Expression.Constant(i)), s_number).Compile());
                _ = others[^1](i);
            }

            if (i % 20 == 19)
            {
                // Samples are read while their methods are there, and profiles made long after.
                s_collector.Snapshot();
                Collect();
            }
        }

        Profile delta = ProfileDelta.Between(before, s_collector.Snapshot());
        NamedSample[] made = [.. NamedSample.Of(delta).Where(static sample => sample.Stack[0] == "long[]" && sample.Has(nameof(CodeThatIsGoneKeepsItsNameAndItsShare)))];
        AssertNear(Methods * MadeOfEach * MadeBytes, made.Sum(static sample => sample.Values[AllocatedBytes]), delta);
        GC.KeepAlive(others);
        Assert.All(made, static sample => Assert.Contains("Maker", sample.Stack[1], StringComparison.Ordinal));
    }

    /// <summary>In a service that has just started nothing is known to be in use, and the empty profile would be taken for the truth.</summary>
    [LinuxFact]
    public void BeforeTheFirstCollectionItSaysThatNothingIsKnown()
    {
        Profile young = Shapes.Heap.NewProfile();
        bool isYoung = SpinWait.SpinUntil(
            () =>
            {
                AllocationSource.SamplesAlways.Set(0);
                s_collector.Snapshot();
                int before = GC.CollectionCount(0);
                AllocationSource.SamplesAlways.Set(1);
                s_collector.Snapshot();
                s_sink = NewArray(1_000_000);
                young = s_collector.Snapshot();
                return GC.CollectionCount(0) == before;
            },
            TimeSpan.FromSeconds(10));
        GC.Collect();
        Profile later = s_collector.Snapshot();

        Assert.True(isYoung);
        Assert.Contains("# no object is known to be in use yet", Text(young), StringComparison.Ordinal);
        Assert.Contains(GapText.Comments(young), static comment => comment.Contains("gc=1", StringComparison.Ordinal));
        Assert.DoesNotContain("# no object is known to be in use yet", Text(later), StringComparison.Ordinal);
    }

    /// <summary>While somebody else sees the same allocations, they would count twice.</summary>
    [LinuxFact]
    [Measures(false)]
    public async Task SamplingDoesNotBeginBeforeItMay()
    {
        AllocationSource.SamplesAlways.Set(0);
        s_collector.Snapshot();
        var sink = new SampledAllocations();
        var source = new CallbackAllocationSource(sink) { MayBegin = false };
        var window = new AllocationWindow();
        try
        {
            await source.OpenAsync(window);
            int before = await CountAsync();
            source.MayBegin = true;
            _ = await source.FlushAsync();
            int after = await CountAsync();

            Assert.Equal(0, before);
            Assert.NotEqual(0, after);
        }
        finally
        {
            await source.CloseAsync(window);
        }

        async Task<int> CountAsync()
        {
            for (int i = 0; i < 100_000; i++)
            {
                s_sink = NewArray(976);
            }

            Assert.True(await source.FlushAsync());
            return sink.Count;
        }
    }

    /// <summary>The thread that reads ends with each and begins with the next, of which there may be some at the same time.</summary>
    [LinuxFact]
    [Measures(false)]
    public async Task AWindowThatFollowsAnotherAtOnceSeesToo()
    {
        AllocationSource.SamplesAlways.Set(0);
        s_collector.Snapshot();
        var sink = new SampledAllocations();
        var source = new CallbackAllocationSource(sink);
        int[] blind = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(OpenOftenAsync)));

        Assert.Equal([0, 0], blind);
        Assert.Equal(0, source.Handles);

        async Task<int> OpenOftenAsync()
        {
            int count = 0;
            for (int i = 0; i < 100; i++)
            {
                var window = new AllocationWindow();
                await source.OpenAsync(window);
                for (int k = 0; k < 5_000; k++)
                {
                    s_sink = NewArray(976);
                }

                count += await source.FlushAsync() && sink.Count > 0 ? 0 : 1;
                await source.CloseAsync(window);
            }

            return count;
        }
    }

    /// <summary>What a window that began later has begun with must not be missing at its end.</summary>
    [LinuxFact]
    public async Task WindowsKeepWhatTheyHaveSeenWhenTheSamplingIsForgotten()
    {
        AllocationSource.SamplesAlways.Set(0);
        s_collector.Snapshot();
        long rate = PprofRuntime.SetMemoryProfileRate(102_400);
        await using ProfileWindow first = await s_collector.BeginWindowAsync(CancellationToken.None);
        Profile beforeFirst = first.Snapshot(Shapes.Heap);
        Allocate();
        await using ProfileWindow second = await s_collector.BeginWindowAsync(CancellationToken.None);
        Profile beforeSecond = second.Snapshot(Shapes.Heap);
        PprofRuntime.SetMemoryProfileRate(0);
        second.Snapshot(Shapes.Heap);
        PprofRuntime.SetMemoryProfileRate(102_400);
        second.Snapshot(Shapes.Heap);
        Allocate();

        Profile[] deltas = [ProfileDelta.Between(beforeFirst, first.Snapshot(Shapes.Heap)), ProfileDelta.Between(beforeSecond, second.Snapshot(Shapes.Heap))];

        PprofRuntime.SetMemoryProfileRate(rate);
        AssertNear(2 * 100_000 * 1_000L, BytesOf(deltas[0]), deltas[0]);
        AssertNear(100_000 * 1_000L, BytesOf(deltas[1]), deltas[1]);
        Assert.All(deltas, static delta => Assert.All(NamedSample.Of(delta), static sample => Assert.True(sample.Values[AllocatedBytes] >= 0)));
        Assert.All(deltas, static delta => Assert.Contains(GapText.Comments(delta), static text => text.Contains("switched off for some of the time", StringComparison.Ordinal)));

        static void Allocate()
        {
            for (int i = 0; i < 100_000; i++)
            {
                s_sink = NewArray(976);
            }
        }

        static long BytesOf(Profile delta) => NamedSample.Of(delta).Where(static sample => sample.Has(nameof(NewArray))).Sum(static sample => sample.Values[AllocatedBytes]);
    }

    [LinuxFact]
    public async Task OnDemandOnlyWindowsSee()
    {
        AllocationSource.SamplesAlways.Set(0);
        Profile outside = s_collector.Snapshot();
        Profile delta;
        await using (ProfileWindow window = await s_collector.BeginWindowAsync(CancellationToken.None))
        {
            Profile before = window.Snapshot(Shapes.Heap);
            for (int i = 0; i < 100_000; i++)
            {
                s_sink = NewArray(976);
            }

            delta = ProfileDelta.Between(before, window.Snapshot(Shapes.Heap));
        }

        Assert.Equal(0, outside.Samples.Count);
        Assert.Contains(GapText.Comments(outside), static comment => comment.Contains("only while seconds= is answered", StringComparison.Ordinal));
        AssertNear(100_000 * 1000L, NamedSample.Of(delta).Where(static sample => sample.Has(nameof(NewArray))).Sum(sample => sample.Values[AllocatedBytes]), delta);
        Assert.Equal(0, s_collector.Snapshot().Samples.Count);
        Assert.Equal(0, Source.Handles);
    }

    [LinuxFact]
    public async Task TheLifetimeShowsTheRouteOfTheRequestThatAllocatedAndNoOtherLabels()
    {
        LifetimeRoutes.Allow(true);
        Profile before = s_collector.Snapshot();
        await Task.Run(static () =>
        {
            KnownRoute.Follow("/orders/{id}");
            using (PprofLabels.Push("tenant", "acme"))
            {
                for (int i = 0; i < 150_000; i++)
                {
                    s_sink = NewArray(976);
                }
            }
        });

        Profile delta = ProfileDelta.Between(before, s_collector.Snapshot());
        NamedSample[] samples = [.. NamedSample.Of(delta).Where(static sample => sample.Has(nameof(NewArray)))];

        AssertNear(150_000 * 1000L, samples.Sum(static sample => sample.Values[AllocatedBytes]), delta);
        Assert.All(samples, static sample => Assert.Equal(["bytes", "http_route"], sample.Labels.Keys.Order()));
    }

    [LinuxFact]
    public void NoRateNoSamples()
    {
        Assert.Equal(ThinnedRate.RuntimePeriod, PprofRuntime.SetMemoryProfileRate(0));
        Profile before = s_collector.Snapshot();
        for (int i = 0; i < 100_000; i++)
        {
            s_sink = NewArray(976);
        }

        Profile delta = ProfileDelta.Between(before, s_collector.Snapshot());

        Assert.DoesNotContain(NamedSample.Of(delta), static sample => sample.Has(nameof(NewArray)) && sample.Values[AllocatedBytes] != 0);
        Assert.Equal(0, PprofRuntime.SetMemoryProfileRate(1 << 20));
        Assert.Equal(1 << 20, s_collector.Snapshot().Period);
    }

    /// <summary>As Go has it: readers take the figures after a rate of 0 as they are.</summary>
    [GoFact]
    public void WithoutARateTheProfileSaysSoAndKeepsWhatWasSampled()
    {
        for (int i = 0; i < 100_000; i++)
        {
            s_sink = NewArray(976);
        }

        s_collector.Snapshot();
        PprofRuntime.SetMemoryProfileRate(0);
        Profile profile = s_collector.Snapshot();
        string[] comments = [.. GapText.Comments(profile)];
        string text = Text(profile);

        Assert.Equal(0, profile.Period);
        Assert.Contains(comments, static comment => comment.Contains("not sampled while MemoryProfileRate is 0", StringComparison.Ordinal));
        Assert.DoesNotContain(comments, static comment => comment.Contains("one for each", StringComparison.Ordinal) || comment.Contains("only while", StringComparison.Ordinal));
        Assert.Matches(@"^heap profile: \d+: \d+ \[\d+: \d+\] @ heap/0\n", text);
        Assert.Matches("(?m)^# allocations are not sampled while MemoryProfileRate is 0$", text);
        Assert.Equal(Sum(profile, AllocatedBytes), BytesInGo(text));
    }

    [LinuxFact]
    public void SwitchedOffItSaysSo()
    {
        AllocationSource.SamplesAlways.Set(0);
        AllocationSource.IsOff.Set(1);
        try
        {
            Assert.Contains("MemoryProfile", s_collector.UnsupportedReason, StringComparison.Ordinal);
        }
        finally
        {
            AllocationSource.IsOff.Set(0);
        }
    }

    /// <summary>A collector of its own: what is seen once of this process is not asked for again.</summary>
    [LinuxFact]
    public async Task ARuntimeThatIsNotAsExpectedIsLeftAlone()
    {
        AllocationSource.SamplesAlways.Set(0);
        s_collector.Snapshot();
        var sink = new SampledAllocations();
        var source = new CallbackAllocationSource(sink, static _ => "a layout is not as expected");
        var window = new AllocationWindow();
        try
        {
            await source.OpenAsync(window);

            Assert.Contains("a layout is not as expected", source.Failure, StringComparison.Ordinal);
            Assert.Contains("a layout is not as expected", source.UnsupportedReason, StringComparison.Ordinal);
            Assert.Equal(0, sink.Count);
        }
        finally
        {
            await source.CloseAsync(window);
            CallbackAllocationSource.ForgetMismatch();
        }
    }

    /// <summary>The runtime can forget what a session wants, when another begins or ends at the same moment.</summary>
    [LinuxFact]
    public async Task ASessionThatIsForgottenBeforeItIsTestedIsBegunAgain()
    {
        AllocationSource.SamplesAlways.Set(0);
        s_collector.Snapshot();
        int tests = 0;
        await AssertBeginsAsync(ring =>
        {
            tests++;
            ring.Stop();
            return new CallbackSelfTest(ring).Run();
        });
        Assert.Equal(1, tests);
    }

    /// <summary>Whatever the application allocates while its runtime is tested.</summary>
    [LinuxFact]
    public async Task WhatOthersAllocateIsNotTakenForTheKnownObject()
    {
        AllocationSource.SamplesAlways.Set(0);
        s_collector.Snapshot();
        long before = 0;
        await AssertBeginsAsync(ring =>
        {
            ring.Keep.Fill(uint.MaxValue);
            ring.Restrict(0);
            WaitWork.OnThreads(1, static _ =>
            {
                for (int i = 0; i < 40; i++)
                {
                    s_sink = new byte[i % 2 == 0 ? 80_010 : 200_000];
                }
            });
            before = ring.UsedBytes;
            return new CallbackSelfTest(ring).Run();
        });
        Assert.NotEqual(0, before);
    }

    /// <summary>Where there was no memory to read samples, what has come is forgotten, and new ones are read soon.</summary>
    [LinuxFact]
    public async Task SamplesForWhichThereWasNoMemoryDoNotEndTheSampling()
    {
        AllocationSource.SamplesAlways.Set(0);
        s_collector.Snapshot();
        var sink = new SinkWithoutMemory();
        var source = new CallbackAllocationSource(sink);
        var window = new AllocationWindow();
        await source.OpenAsync(window);
        try
        {
            Assert.True(SpinWait.SpinUntil(() => AllocateAndTell(source.Failure), TimeSpan.FromSeconds(60)));
            Assert.Contains("no memory", source.Failure, StringComparison.Ordinal);
            Assert.Null(source.UnsupportedReason);

            sink.HasMemory = true;
            Assert.True(SpinWait.SpinUntil(() => AllocateAndTell(source.Failure is null && sink.Count > 0 ? "" : null), TimeSpan.FromSeconds(60)));
            Assert.NotEqual(0, source.Handles);
        }
        finally
        {
            await source.CloseAsync(window);
            CallbackAllocationSource.ForgetMismatch();
        }

        Assert.Equal(0, source.Handles);

        static bool AllocateAndTell(string? what)
        {
            s_sink = NewLarge();
            return what is not null;
        }
    }

    /// <summary>The runtime has 64 sessions at a time: what others have ends.</summary>
    [LinuxFact]
    public async Task ATestForWhichThereIsNoSessionIsMadeAgainThoughNobodyAsks()
    {
        AllocationSource.SamplesAlways.Set(0);
        s_collector.Snapshot();
        List<EventPipeSession> others = [];
        int tests = 0;
        var source = new CallbackAllocationSource(new SampledAllocations(), ring =>
        {
            if (tests++ == 0)
            {
                ring.Stop();
                TakeAllSessions(others);
            }

            return new CallbackSelfTest(ring).Run();
        });
        var window = new AllocationWindow();
        try
        {
            await source.OpenAsync(window);

            Assert.Contains("no session of events began", source.Failure, StringComparison.Ordinal);
            Assert.Null(source.UnsupportedReason);

            others.ForEach(static session => session.Stop());
            Assert.True(SpinWait.SpinUntil(() => source.Failure is null, TimeSpan.FromSeconds(60)));
            Assert.Equal(2, tests);
        }
        finally
        {
            await source.CloseAsync(window);
            CallbackAllocationSource.ForgetMismatch();
        }
    }

    [GoFact]
    public void TheTextFormStandsForTheSameAsTheMessage()
    {
        Profile profile = Shapes.Heap.NewProfile();
        profile.Period = 524_288;
        profile.Samples.Add([0x3000, 0x2000], LabelSet.Empty, 20_500, 2_099_200_000, 15_740, 1_574_400_000);
        string text = Text(profile);
        string allocated = RawByGo(text);

        // Rounded to whole samples: of 3,643 one is 0.03 %.
        Assert.Matches(@"(?m)^ *20[45]\d\d +209[89]\d{6}|^ *20[45]\d\d +2100\d{6}", allocated);
        Assert.Contains("space bytes", allocated, StringComparison.Ordinal);
        Assert.Contains("Period: 524288", allocated, StringComparison.Ordinal);
    }

    private static async Task AssertBeginsAsync(Func<AllocationRing, string?> selfTest)
    {
        var source = new CallbackAllocationSource(new SampledAllocations(), selfTest);
        var window = new AllocationWindow();
        try
        {
            await source.OpenAsync(window);

            Assert.Null(source.Failure);
        }
        finally
        {
            await source.CloseAsync(window);
            CallbackAllocationSource.ForgetMismatch();
        }
    }

    private static void TakeAllSessions(List<EventPipeSession> sessions)
    {
        var client = new DiagnosticsClient(Environment.ProcessId);
        try
        {
            for (int i = 0; i < 100; i++)
            {
                EventPipeSession session = client.StartEventPipeSession(
                    new EventPipeProvider("Pprof-Tests-Nobody", EventLevel.Informational), requestRundown: false, circularBufferMB: 1);
                sessions.Add(session);

                // One that nobody reads does not end.
                _ = session.EventStream.CopyToAsync(Stream.Null);
            }
        }
        catch (ServerErrorException)
        {
            return;
        }

        Assert.Fail("The runtime has more sessions than 100.");
    }

    private static Proto.Profile Decode(Profile profile)
    {
        using var unzipped = new GZipStream(
            new MemoryStream(ProfileEncoder.Encode(profile, Symbolizer.Create(), ProfileBudget.Any)), CompressionMode.Decompress);
        return Proto.Profile.Parser.ParseFrom(unzipped);
    }

    // A stack of its own for each path.
    private static void Turn(int path, int depth)
    {
        if (depth == 0)
        {
            s_sink = NewLarge();
        }
        else if ((path & 1) == 0)
        {
            TurnLeft(path >> 1, depth - 1);
        }
        else
        {
            TurnRight(path >> 1, depth - 1);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void TurnLeft(int path, int depth) => Turn(path, depth);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void TurnRight(int path, int depth) => Turn(path, depth);

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
    }

    private static long Sum(Profile profile, int value) => Enumerable.Range(0, profile.Samples.Count).Sum(i => profile.Samples.Values(i)[value]);

    private static void AssertNear(long expected, long actual, Profile profile, string what = "") =>
        AllocationLook.AssertNear(expected, actual, profile, what);

    /// <summary>What Go's own tool makes of a text.</summary>
    private static string RawByGo(string text)
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, text);
            return System.Text.Encoding.UTF8.GetString(GoProgram.Go("tool", "pprof", "-raw", file));
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>The allocated bytes in it: the second of the four figures of a sample.</summary>
    private static long BytesInGo(string text) =>
        Regex.Matches(RawByGo(text), @"(?m)^ *\d+ +(\d+) +\d+ +\d+:").Sum(static line => long.Parse(line.Groups[1].Value, CultureInfo.InvariantCulture));

    private static string Text(Profile profile)
    {
        using var text = new StringWriter { NewLine = "\n" };
        TextForm.Write(text, "heap", profile, Symbolizer.Create());
        return text.ToString();
    }

    /// <summary>A method of its own, which is gone when nobody has it.</summary>
    private static Func<long[]> NewMaker(int number)
    {
        var method = new DynamicMethod($"Maker_{number}", typeof(long[]), []);
        ILGenerator code = method.GetILGenerator();
        code.Emit(OpCodes.Ldc_I4, MadeLength);
        code.Emit(OpCodes.Newarr, typeof(long));
        code.Emit(OpCodes.Ret);
        return method.CreateDelegate<Func<long[]>>();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void AllocateFrom(Func<long[]> make)
    {
        for (int i = 0; i < MadeOfEach; i++)
        {
            s_sink = make();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void SetLast(ThreadLocal<ThreadValue>[] values) => values[^1].Value = new ThreadValue(1);

    private readonly record struct ThreadValue(int Number);

    /// <summary>One that has no memory for a sample.</summary>
    private sealed class SinkWithoutMemory : IAllocationSink
    {
        private readonly SampledAllocations _sampled = new();

        public bool HasMemory { get; set; }

        public int Count => _sampled.Count;

        public SinkSample Add(ReadOnlySpan<nuint> frames, long size, double objects, SampledLabels labels) =>
            HasMemory ? _sampled.Add(frames, size, objects, labels) : throw new OutOfMemoryException();

        public void AddMore(SinkSample sample, long size, double objects) => _sampled.AddMore(sample, size, objects);

        public void AddLive(SinkSample sample, long size, double objects) => _sampled.AddLive(sample, size, objects);

        public void Clear() => _sampled.Clear();
    }
}
