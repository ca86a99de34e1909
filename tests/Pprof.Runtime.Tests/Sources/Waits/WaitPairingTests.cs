using System.Runtime.CompilerServices;
using Pprof.Runtime.Tests.Symbols.CoreClr;
using Pprof.Symbols;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.Waits;

/// <summary>What becomes of the runtime's events. The table and <see cref="WaitScript"/> say how they are written.</summary>
public sealed class WaitPairingTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly WaitScript _script = new();

    /// <summary>Events, what is recorded of contentions, and what of all waits.</summary>
    public static TheoryData<string, string, string> Events => new()
    {
        // A wait.
        { "100 T1 waits wab; 130 T1 wakes", "", "wab, -, 30 ms" },

        // Waits of two threads at a time.
        { "100 T1 waits wab; 110 T2 waits wcd; 130 T1 wakes; 150 T2 wakes", "", "wab, -, 30 ms | wcd, -, 40 ms" },

        // An end without its start, and a start without its end.
        { "100 T1 wakes; 110 T1 enters after 5; 120 T1 waits wab", "", "" },

        // A contention. The runtime says how long it was; what the event has brought to the stack is left out.
        { "100 T1 contends L7 of nobody tlab; 150 T1 enters after 49", "lab, -, 49 ms", "lab, lock, 49 ms" },
        { "100 T1 contends L7 of nobody mab; 150 T1 enters after 49", "mab, -, 49 ms", "mab, lock, 49 ms" },

        // The wait on the lock's event is a part of it, and so is a second one.
        {
            "100 T1 contends L7 of nobody tlab; 110 T1 waits wlab; 120 T1 wakes; 121 T1 waits wlab; 149 T1 wakes; 150 T1 enters after 50",
            "lab, -, 50 ms", "lab, lock, 50 ms"
        },

        // A Lock that was not had in time: the next wait shows that it is over. Its end is that of its last wait.
        {
            "100 T1 contends L7 of nobody tlab; 110 T1 waits wlab; 130 T1 wakes; 200 T1 waits wxy; 210 T1 wakes",
            "", "lab, lock, 30 ms | wxy, -, 10 ms"
        },
        {
            "100 T1 contends L7 of nobody tlab; 110 T1 waits wlab; 130 T1 wakes; 200 T1 contends L8 of nobody tlxy; 210 T1 enters after 10",
            "lxy, -, 10 ms", "lab, lock, 30 ms | lxy, lock, 10 ms"
        },

        // A contention that was interrupted, before its wait or in it, is in neither and spoils nothing.
        { "100 T1 contends L7 of nobody mab; 200 T1 contends L7 of nobody mcd; 210 T1 enters after 10", "mcd, -, 10 ms", "mcd, lock, 10 ms" },
        {
            "100 T1 contends L7 of nobody mab; 110 T1 waits wmab; 200 T1 contends L7 of nobody mcd; 210 T1 enters after 10",
            "mcd, -, 10 ms", "mcd, lock, 10 ms"
        },

        // A wait that was interrupted.
        { "100 T1 waits wab; 200 T1 waits wcd; 210 T1 wakes", "", "wcd, -, 10 ms" },

        // When events are missing, nothing is known of what goes on.
        { "100 T1 contends L7 of nobody tlab; 110 T2 waits wab; 120 lost; 150 T1 enters after 50; 160 T2 wakes", "", "" },
        { "100 lost; 110 T1 waits wab; 120 T1 wakes", "", "wab, -, 10 ms" },
    };

    /// <summary>What happens between that thread 2 gets lock 7 at a and that thread 1 wants it, and who holds it then.</summary>
    public static TheoryData<string, string> Holders => new()
    {
        { "", "held at a" },

        // It waits for something else in the method that took the lock, or in one that that calls.
        { "60 T2 waits wab; 70 T2 wakes", "held at a" },
        { "60 T2 waits wcab; 70 T2 wakes", "held at a" },

        // The method that took it has returned.
        { "60 T2 waits wxb; 70 T2 wakes", "held at a" },
        { "60 T2 waits wxy; 70 T2 wakes", "-" },

        // It wants the lock again, so it had given it back.
        { "60 T2 contends L7 of nobody tlab", "-" },

        // Another thread has got it since.
        { "60 T3 contends L7 of T2 tlxy; 70 T3 enters after 10", "-" },

        // It has another lock since.
        { "60 T2 contends L8 of nobody tlab; 70 T2 enters after 10", "-" },
        { "60 lost", "-" },
    };

    [Theory]
    [MemberData(nameof(Events))]
    public void EventsOfAThreadArePairedToWaits(string events, string contentions, string waits)
    {
        _script.Run(events);

        Assert.Equal(contentions, string.Join(" | ", _script.Contentions.Waits));
        Assert.Equal(waits, string.Join(" | ", _script.Waits.Waits));
    }

    [Theory]
    [MemberData(nameof(Holders))]
    public void HolderIsNamedAsLongAsItIsCertain(string between, string holder)
    {
        _script.Run("10 T2 contends L7 of nobody tlab; 50 T2 enters after 40");
        _script.Run(between);
        _script.Run("100 T1 contends L7 of T2 tlcd; 150 T1 enters after 50");

        Assert.Equal($"lcd, {holder}, 50 ms", _script.Contentions.Waits[^1]);
    }

    /// <summary>
    /// What a thread waited in, and where a lock was taken, is named when the profile is written. By then a plug-in may be
    /// gone, and another method where it was.
    /// </summary>
    [Fact]
    public void CodeThatIsUnloadedKeepsItsNameInStacksAndAsTheHolder()
    {
        nuint address = UnloadableCodeTests.AddressInNewAssembly(out _);
        _script.Places['u'] = address;
        Run(_script);
        var end = DateTime.UtcNow + s_patience;
        while (UnloadableCodeTests.IsFound(address))
        {
            Assert.True(DateTime.UtcNow < end, "The code is not unloaded.");
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        nuint kept = _script.Contentions.Stacks[0][1];

        Assert.Equal("Unloadable.Code.Call", Symbolizer.Create().Resolve(kept)?.Name.Split('(')[0]);
        Assert.Equal(new nuint[] { 'l', kept, 'a' }, _script.Contentions.Stacks[0]);
        Assert.Equal(kept, _script.Contentions.Holders[1]);
        Assert.Equal(new nuint[] { 'w', kept, 'a' }, _script.Waits.Stacks[1]);

        // Of its own, so that nothing on the stack holds the method.
        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Run(WaitScript script) => script.Run(
            "10 T2 contends L7 of nobody tlua; 50 T2 enters after 40; 60 T3 waits wua; 70 T3 wakes; 100 T1 contends L7 of T2 tlcd; 150 T1 enters after 50");
    }

    [Fact]
    public void SinkThatWantsNothingGetsNothing()
    {
        _script.Contentions.IsActive = false;
        _script.Run("100 T1 contends L7 of nobody tlab; 150 T1 enters after 50");

        Assert.Empty(_script.Contentions.Waits);
        Assert.Single(_script.Waits.Waits);
    }

    [Fact]
    public void LockThatWasNotHadInTimeIsRecordedWhenNothingMoreCanCome()
    {
        _script.Run("100 T1 contends L7 of nobody tlab; 110 T1 waits wlab; 130 T1 wakes");

        _script.Pairing.EndTimedOut(WaitScript.Ticks(500));
        Assert.Empty(_script.Waits.Waits);
        _script.Pairing.EndTimedOut(WaitScript.Ticks(1500));

        Assert.Equal(["lab, lock, 30 ms"], _script.Waits.Waits);
    }

    [Fact]
    public void WaitsAreForgottenWhenTheirEndsMayNotCome()
    {
        _script.Run("100 T1 waits wab");
        _script.Pairing.ForgetWaits();
        _script.Run("150 T1 wakes");

        Assert.Empty(_script.Waits.Waits);
    }
}
