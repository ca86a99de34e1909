using Pprof.Runtime.Tests.Symbols;
using Pprof.Symbols;
using Pprof.Unwinding;
using Xunit;

namespace Pprof.Runtime.Tests.Unwinding;

/// <summary>Stacks that are told by addresses, some of which are others' when the stacks are named.</summary>
public sealed class PassingFramesTests
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);

    private readonly PassingFrames _frames = new();

    [Fact]
    public void AMethodThatWasMadeAtRunTimeKeepsItsNameWhenItIsGone()
    {
        nuint frame = 0;
        MadeMethod.Do(nameof(AMethodThatWasMadeAtRunTimeKeepsItsNameWhenItIsGone), address => frame = _frames.Of([0x1000, address])[1]);
        Collect();

        Assert.Equal(nameof(AMethodThatWasMadeAtRunTimeKeepsItsNameWhenItIsGone), Symbolizer.Create().Resolve(frame)?.Name);
    }

    /// <summary>What comes to be where it was is not called so.</summary>
    [Fact]
    public void AnAddressIsLookedUpAgainWhenItMayBeAnothersBy()
    {
        nuint gone = 0;
        nuint frame = 0;
        MadeMethod.Do(nameof(AnAddressIsLookedUpAgainWhenItMayBeAnothersBy), address =>
        {
            gone = address;
            frame = _frames.Of([address])[0];
        });

        Assert.NotEqual(gone, frame);
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                Collect();

                // Another test's method may be there by now.
                return _frames.Of([gone])[0] != frame;
            },
            s_timeout));
    }

    [Fact]
    public void OtherFramesStayAsTheyAre()
    {
        nuint[] frames = [0, 0x1000, nuint.MaxValue, .. RecordedStack.Of(static () => RecordedStack.Capture()).Callers];

        Assert.Equal(frames, _frames.Of(frames));
        Assert.Equal(frames, _frames.Of(frames));
    }

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
    }
}
