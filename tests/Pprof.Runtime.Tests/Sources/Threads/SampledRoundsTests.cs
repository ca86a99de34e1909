using System.Diagnostics.Tracing;
using Pprof.Profiles;
using Pprof.Runtime.Tests.Unwinding;
using Pprof.Sources.EventPipe;
using Pprof.Sources.Threads.Stopped;
using Pprof.Symbols.Managed;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.Threads;

/// <summary>Which of the runtime's samples make a round that nothing is missing of.</summary>
public sealed class SampledRoundsTests
{
    private readonly SampledRounds _rounds = new();

    [Fact]
    public void TheFirstRoundMayHaveBegunBeforeAndTheNextIsWholeWhenAnotherBegins()
    {
        Sample(2, 3);
        Sample(1, 2, 3);
        Sample(1);
        Assert.Null(_rounds.Whole);

        Sample(2);

        Assert.Equal([1, 2, 3], _rounds.Whole!.Keys.Order());
    }

    [Fact]
    public void WhereEventsWereLostNeitherThatRoundNorTheNextCounts()
    {
        Sample(1, 2, 3);
        Sample(1, 2);
        _rounds.OnLost(3);
        Sample(2, 3);
        Sample(1, 2, 3, 4);
        Sample(1);
        Assert.Null(_rounds.Whole);

        Sample(2);

        Assert.Equal([1, 2, 3, 4], _rounds.Whole!.Keys.Order());
    }

    [Fact]
    public void AStackOfAsManyFramesAsTheRuntimeWritesDownIsMarked()
    {
        Sample(1);
        Sample([.. Enumerable.Range(1, RuntimeEvent.MaxFrames).Select(static frame => (nuint)(0x1000 * frame))], 1);
        Sample(1);

        Assert.Equal((RuntimeEvent.MaxFrames + 1, (nuint)PseudoFrame.TruncatedStack), (_rounds.Whole![1].Frames.Length, _rounds.Whole[1].Frames[^1]));
    }

    /// <summary>A round is named when its threads have gone on, and what they were in may be gone.</summary>
    [Fact]
    public void WhatWasMadeAtRunTimeIsKeptByName()
    {
        MadeMethod.Do(nameof(WhatWasMadeAtRunTimeIsKeptByName), address =>
        {
            Sample(1);
            Sample([address], 1);
            Sample(1);
        });

        Assert.Equal(nameof(WhatWasMadeAtRunTimeIsKeptByName), NamedFrames.Instance.Resolve(_rounds.Whole![1].Frames[0])?.Name);
    }

    private void Sample(params int[] threads) => Sample([0x1000], threads);

    private void Sample(nuint[] frames, params int[] threads)
    {
        foreach (int thread in threads)
        {
            _rounds.OnEvent(new RuntimeEvent
            {
                ProviderId = SampleProfiler.Id,
                Id = 0,
                Keywords = 0,
                Level = EventLevel.Informational,
                SystemId = thread,
                Timestamp = 0,
                Payload = (ReadOnlySpan<byte>)[2, 0, 0, 0],
                Frames = frames,
            });
        }
    }
}
