using System.Runtime.CompilerServices;
using Pprof.Collectors;
using Pprof.Collectors.ThreadCreate;
using Pprof.Process;
using Pprof.Profiles;
using Pprof.Runtime.Tests.Collectors.Waits;

namespace Pprof.Runtime.Tests.NativeAot;

/// <summary>The threads of this program and who created them. Each case says "ok", or what is wrong.</summary>
internal static class CreatorCases
{
    // Before anyone of this package has been asked for anything.
    private static readonly ManualResetEventSlim s_end = new();

    /// <summary>Runs one.</summary>
    public static string Run(string name) => name switch
    {
        "first" => First(),
        "many" => Many(),
        "own" => Own(),
        "pool" => Pool(),
        _ => throw new ArgumentException(name, nameof(name)),
    };

    /// <summary>A thread that came before the profile was asked for, and lives, and some that do not.</summary>
    private static string First()
    {
        Create("lasting");
        for (int i = 0; i < 10; i++)
        {
            CreateAndJoin();
        }

        Profile profile = new ThreadCreateProfileCollector().Snapshot();
        List<NamedSample> samples = NamedSample.Of(profile);
        s_end.Set();
        return samples.Where(static sample => sample.Has(nameof(Create))).ToArray() is not [{ } lasting] ? "who created a thread is not known"
            : lasting.Labels.GetValueOrDefault("thread") != "lasting" || lasting.Values[0] != 1 ? $"{lasting.Values[0]} of {lasting.Labels.GetValueOrDefault("thread")}"
            : lasting.Stack is not [.., _, _] || !lasting.Has(nameof(First)) ? string.Join(" < ", lasting.Stack)
            : samples.Where(static sample => sample.Has(nameof(CreateAndJoin))).Sum(static sample => sample.Values[0]) is var ended && ended != 10 ? $"{ended} threads have ended"
            : profile.Gaps.LacksCreators || profile.Gaps.KnowsCreatorsOfWindowsOnly || profile.Gaps.LostEvents > 0 ? "something is missing"
            : "ok";
    }

    /// <summary>More than there is room for, while somebody watches.</summary>
    private static string Many()
    {
        var collector = new ThreadCreateProfileCollector();
        ProfileWindow window = collector.BeginWindowAsync(default).GetAwaiter().GetResult();
        Profile before = collector.Snapshot();
        for (int i = 0; i < 5_000; i++)
        {
            CreateAndJoin();
            if (i % 10 == 0)
            {
                Thread.Sleep(1);
            }
        }

        Profile delta = ProfileDelta.Between(before, collector.Snapshot());
        window.DisposeAsync().AsTask().Wait();
        long count = NamedSample.Of(delta).Where(static sample => sample.Has(nameof(CreateAndJoin))).Sum(static sample => sample.Values[0]);
        return count != 5_000 ? $"{count} threads, {delta.Gaps.LostEvents} lost" : "ok";
    }

    /// <summary>Threads of this package are not there.</summary>
    private static string Own()
    {
        OwnThreads.Start("pprof test", s_end.Wait);
        Profile profile = new ThreadCreateProfileCollector().Snapshot();
        s_end.Set();
        return NamedSample.Of(profile).FirstOrDefault(static sample => sample.Has(nameof(OwnThreads.Start)) || sample.Labels.GetValueOrDefault("thread") == "pprof test") is { } own
            ? string.Join(" < ", own.Stack)
            : "ok";
    }

    /// <summary>The pool's threads stand under who gave it work.</summary>
    private static string Pool()
    {
        Task.Run(static () => Thread.Sleep(1)).Wait();
        List<NamedSample> samples = NamedSample.Of(new ThreadCreateProfileCollector().Snapshot());
        return samples.Any(static sample => sample.Labels.GetValueOrDefault("thread") == ".NET TP Worker" && sample.Stack.Any(static frame => frame.Contains("PortableThreadPool", StringComparison.Ordinal)))
            ? "ok"
            : string.Join("; ", samples.Select(static sample => $"{sample.Labels.GetValueOrDefault("thread")}: {string.Join(" < ", sample.Stack)}"));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Create(string name) => new Thread(static () => s_end.Wait()) { Name = name, IsBackground = true }.Start();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void CreateAndJoin()
    {
        var thread = new Thread(static () => { });
        thread.Start();
        thread.Join();
    }
}
