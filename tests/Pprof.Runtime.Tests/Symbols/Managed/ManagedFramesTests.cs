using System.Diagnostics;
using System.Reflection;
using Pprof.Profiles;
using Pprof.Symbols.Managed;
using Xunit;

namespace Pprof.Runtime.Tests.Symbols.Managed;

/// <summary>Which call sites have an address of their own.</summary>
public sealed class ManagedFramesTests
{
    private const int Limit = 8;

    private readonly ManagedFrames _frames = new(Limit);

    [Fact]
    public void VersionsOfAMethodAreOneCallSite()
    {
        nuint[] addresses = Add(new Frame(offset: 7, nativeOffset: 100), new Frame(offset: 7, nativeOffset: 200));

        Assert.Equal(addresses[0], addresses[1]);
        Assert.Equal(1, _frames.Count);
    }

    [Fact]
    public void CallsOfAMethodAreDifferentCallSites()
    {
        nuint[] addresses = Add(new Frame(offset: 7, nativeOffset: 100), new Frame(offset: 8, nativeOffset: 100));

        Assert.NotEqual(addresses[0], addresses[1]);
    }

    [Fact]
    public void NativeOffsetCountsWhereThatInTheILIsUnknown()
    {
        nuint[] addresses = Add(
            new Frame(StackFrame.OFFSET_UNKNOWN, nativeOffset: 7), new Frame(StackFrame.OFFSET_UNKNOWN, nativeOffset: 8), new Frame(offset: 7, nativeOffset: 7));

        Assert.Equal(3, addresses.Distinct().Count());
    }

    [Fact]
    public void CallSitesPastTheLimitAreUnknownAndNotKept()
    {
        nuint[] addresses = Add([.. Enumerable.Range(0, 3 * Limit).Select(offset => new Frame(offset, nativeOffset: 0))]);

        Assert.Equal(Limit - 1, _frames.Count);
        Assert.Equal(Limit - 1, addresses.Count(address => _frames.Resolve(address) is not null));
        Assert.All(addresses[(Limit - 1)..], address => Assert.Equal((nuint)PseudoFrame.UnknownStack, address));
    }

    [Fact]
    public void NoSymbolFileIsReadForCallSitesPastTheLimit()
    {
        Add([.. Enumerable.Range(0, Limit).Select(offset => new Frame(offset, nativeOffset: 0))]);
        nuint[] addresses = new nuint[2];

        Assert.True(_frames.TryFind(new StackTrace([new Frame(1000, nativeOffset: 0), new Frame(1, nativeOffset: 0)]), addresses));
        Assert.Equal((nuint)PseudoFrame.UnknownStack, addresses[0]);
        Assert.NotNull(_frames.Resolve(addresses[1]));
    }

    private nuint[] Add(params Frame[] frames)
    {
        nuint[] addresses = new nuint[frames.Length];
        _frames.Add(new StackTrace(frames), addresses);
        return addresses;
    }

    /// <summary>A frame of one method at any offset.</summary>
    private sealed class Frame(int offset, int nativeOffset) : StackFrame
    {
        public override MethodBase? GetMethod() => typeof(Frame).GetMethod(nameof(GetMethod));

        public override int GetILOffset() => offset;

        public override int GetNativeOffset() => nativeOffset;
    }
}
