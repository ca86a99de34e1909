using System.Runtime.InteropServices;
using Pprof.Process;
using Pprof.Profiles;
using Pprof.Unwinding;
using Xunit;

namespace Pprof.Runtime.Tests.Unwinding;

/// <summary>The frames of stacks that were built word by word, on real code.</summary>
public sealed class StackUnwinderTests : IDisposable
{
    private const nuint Start = BuiltStack.Start;

    private readonly MappedCalls _code = new();

    public void Dispose() => _code.Dispose();

    [X64Fact]
    public void CallersAreFoundAlongTheFramePointersEachInsideItsCall()
    {
        var stack = new BuiltStack(32);
        nuint third = stack.Frame(Start + 0x80, next: 0, _code.After(3));
        nuint second = stack.Frame(Start + 0x40, third, _code.After(2));
        nuint first = stack.Frame(Start + 0x10, second, _code.After(1));

        nuint[] frames = stack.Unwind(_code.Between(0), first);

        Assert.Equal([_code.Between(0), _code.After(1) - 1, _code.After(2) - 1, _code.After(3) - 1], frames);
    }

    [X64Fact]
    public void TheChainGoesOnAboveWhatWasCopied()
    {
        var stack = new BuiltStack(4)
        {
            Chain = [Start + 0x1000, _code.After(2), Start + 0x2000, _code.After(3), Start + 0x3000, _code.After(4)],
        };
        nuint first = stack.Frame(Start + 0x10, Start + 0x1000, _code.After(1));

        nuint[] frames = stack.Unwind(_code.Between(0), first);

        // What the last pair points at is not known any more.
        Assert.Equal([_code.Between(0), _code.After(1) - 1, _code.After(2) - 1, _code.After(3) - 1], frames);
    }

    [X64Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void AStackThatGoesOnAboveWhatWasCopiedSaysSo(bool isCut, bool marked)
    {
        var stack = new BuiltStack(4) { IsCut = isCut };
        nuint first = stack.Frame(Start + 0x10, Start + 0x1000, _code.After(1));

        nuint[] frames = stack.Unwind(_code.Between(0), first);

        Assert.Equal([_code.Between(0), _code.After(1) - 1, .. Mark(marked)], frames);
    }

    [X64Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void AChainThatGoesOnAboveWhatWasKeptSaysSo(bool isChainCut, bool marked)
    {
        var stack = new BuiltStack(4)
        {
            Chain = [Start + 0x1000, _code.After(2), Start + 0x2000, _code.After(3)],
            IsCut = true,
            IsChainCut = isChainCut,
        };
        nuint first = stack.Frame(Start + 0x10, Start + 0x1000, _code.After(1));

        nuint[] frames = stack.Unwind(_code.Between(0), first);

        Assert.Equal([_code.Between(0), _code.After(1) - 1, _code.After(2) - 1, .. Mark(marked)], frames);
    }

    [X64Fact]
    public void AStackThatEndsWithinWhatWasCopiedIsWhole()
    {
        var stack = new BuiltStack(4) { IsCut = true };
        nuint first = stack.Frame(Start + 0x10, next: 0, _code.After(1));

        Assert.Equal([_code.Between(0), _code.After(1) - 1], stack.Unwind(_code.Between(0), first));
    }

    [X64Fact]
    public void ALeafWithoutAFrameIsLeftByTheReturnAddressAtItsStackPointer()
    {
        var stack = new BuiltStack(32);
        stack[Start] = _code.After(1);
        nuint caller = stack.Frame(Start + 0x20, next: 0, _code.After(2));

        nuint[] frames = stack.Unwind(_code.Between(0), caller);

        Assert.Equal([_code.Between(0), _code.After(1) - 1, _code.After(2) - 1], frames);
    }

    [X64Fact]
    public void AWordThatNoCallReturnsToIsNoCaller()
    {
        var stack = new BuiltStack(32);
        stack[Start] = _code.Between(1);
        nuint caller = stack.Frame(Start + 0x20, next: 0, _code.After(2));

        nuint[] frames = stack.Unwind(_code.Between(0), caller);

        Assert.Equal([_code.Between(0), _code.After(2) - 1], frames);
    }

    [X64Fact]
    public void TheStackPointerIsEnoughForAThreadAtRest()
    {
        var stack = new BuiltStack(32);
        stack[Start] = _code.After(1);

        Assert.Equal([_code.Between(0), _code.After(1) - 1], stack.Unwind(_code.Between(0)));
    }

    [X64Fact]
    public void AMethodWithoutAFrameIsLeftByItsStackPointer()
    {
        nuint recorded = FramelessMethod.RecordedAddress;
        var map = new CodeMap();
        nuint inMethod = map.IsReturnAddress(recorded) ? recorded : recorded + 1;
        FrameRule rule = map.CallerRule(inMethod);
        Assert.Equal(FrameRuleKind.StackPointer, rule.Kind);

        var stack = new BuiltStack(64);
        stack[Start] = inMethod;
        nuint returnAddress = Start + 8 + (nuint)rule.ReturnAddressOffset;
        stack[returnAddress] = _code.After(1);
        nuint caller = stack.Frame(returnAddress + 0x20, next: 0, _code.After(2));

        nuint[] frames = stack.Unwind(_code.Between(0), caller);

        Assert.Equal([_code.Between(0), inMethod - 1, _code.After(1) - 1, _code.After(2) - 1], frames);
    }

    [X64Fact]
    public void ACallerThatLiesAboveWhatWasCopiedIsNotPassedOverInSilence()
    {
        nuint recorded = FramelessMethod.RecordedAddress;
        var map = new CodeMap();
        nuint inMethod = map.IsReturnAddress(recorded) ? recorded : recorded + 1;
        nuint returnAddress = Start + 8 + (nuint)map.CallerRule(inMethod).ReturnAddressOffset;
        var stack = new BuiltStack((int)(returnAddress - Start) / 8)
        {
            Chain = [returnAddress + 0x100, _code.After(2), returnAddress + 0x200, _code.After(3)],
            IsCut = true,
        };
        stack[Start] = inMethod;

        // The frame pointer is that of the method's caller, and leads to the caller of that.
        nuint[] frames = stack.Unwind(_code.Between(0), returnAddress + 0x100);

        Assert.Equal([_code.Between(0), inMethod - 1, (nuint)PseudoFrame.TruncatedStack, _code.After(2) - 1], frames);
    }

    [X64Fact]
    public void WhatASignalInterruptedIsNoCall()
    {
        // struct ucontext of x64: where the kernel puts rbp, rsp and rip of the interrupted code.
        const int Rbp = 120;
        const int Rsp = 160;
        const int Rip = 168;
        var stack = new BuiltStack(256);
        nuint handler = stack.Frame(Start + 0x10, next: 0, SignalReturn());
        nuint context = handler + 16;
        nuint interrupted = Start + 0x400;
        stack[context + Rip] = _code.Between(1);
        stack[context + Rsp] = interrupted;
        stack[context + Rbp] = stack.Frame(interrupted + 0x20, next: 0, _code.After(3));
        stack[interrupted] = _code.After(2);

        nuint[] frames = stack.Unwind(_code.Between(0), handler);

        Assert.Equal(
            [_code.Between(0), SignalReturn() - 1, _code.Between(1), _code.After(2) - 1, _code.After(3) - 1], frames);
    }

    [X64Fact]
    public void AHandlerThatHasJustBegunLeadsToWhatItInterrupted()
    {
        const int Rbp = 120;
        const int Rsp = 160;
        const int Rip = 168;
        var stack = new BuiltStack(256);
        stack[Start] = SignalReturn();
        nuint context = Start + 8;
        nuint interrupted = Start + 0x400;
        nuint caller = stack.Frame(interrupted + 0x20, next: 0, _code.After(3));
        stack[context + Rip] = _code.Between(1);
        stack[context + Rsp] = interrupted;
        stack[context + Rbp] = caller;
        stack[interrupted] = _code.After(2);

        // The frame pointer is still that of the interrupted code: by it the handler would have been called by call 3.
        nuint[] frames = stack.Unwind(_code.Between(0), caller);

        Assert.Equal(
            [_code.Between(0), SignalReturn() - 1, _code.Between(1), _code.After(2) - 1, _code.After(3) - 1], frames);
    }

    [X64Fact]
    public void AnAddressThatNoCallPrecedesIsThatOfAFault()
    {
        var stack = new BuiltStack(64);
        nuint handler = stack.Frame(Start + 0x10, next: Start + 0x80, _code.Between(1));
        stack[handler + 16] = _code.After(2);
        stack.Frame(Start + 0x80, next: 0, _code.After(3));

        nuint[] frames = stack.Unwind(_code.Between(0), handler);

        // What raised it has no frame: its caller would be lost, and the method that lies before it would be named.
        Assert.Equal([_code.Between(0), _code.Between(1), _code.After(2) - 1, _code.After(3) - 1], frames);
    }

    [X64Fact]
    public void ACallOfANullFunctionPointerHasACaller()
    {
        var stack = new BuiltStack(8);
        stack[Start] = _code.After(1);

        Assert.Equal([(nuint)PseudoFrame.UnknownStack, _code.After(1) - 1], stack.Unwind(pc: 0));
    }

    [X64Fact]
    public void ADeepStackIsCutAtItsOuterEndAndSaysSo()
    {
        const int Depth = StackUnwinder.MaxFrames + 100;
        var stack = new BuiltStack(2 * (Depth + 2));
        for (int i = 0; i < Depth; i++)
        {
            nuint address = Start + (nuint)(16 * (i + 1));
            stack.Frame(address, address + 16, _code.After(i + 1));
        }

        nuint[] frames = stack.Unwind(_code.Between(0), Start + 16);

        Assert.Equal(StackUnwinder.MaxFrames + 1, frames.Length);
        Assert.Equal(_code.After(StackUnwinder.MaxFrames - 1) - 1, frames[^2]);
        Assert.Equal((nuint)PseudoFrame.TruncatedStack, frames[^1]);
        Assert.Equal([.. frames[..7], (nuint)PseudoFrame.TruncatedStack], stack.Unwind(_code.Between(0), Start + 16, limit: 7));
    }

    [X64Fact]
    public void AStackThatJustFitsIsNotCut()
    {
        var stack = new BuiltStack(32);
        nuint second = stack.Frame(Start + 0x40, next: 0, _code.After(2));
        nuint first = stack.Frame(Start + 0x10, second, _code.After(1));

        Assert.Equal(
            [_code.Between(0), _code.After(1) - 1, _code.After(2) - 1], stack.Unwind(_code.Between(0), first, limit: 3));
    }

    [X64Fact]
    public void AFramePointerThatDoesNotRiseEndsTheStack()
    {
        var stack = new BuiltStack(32);
        nuint first = stack.Frame(Start + 0x10, next: Start + 0x10, _code.After(1));

        Assert.Equal([_code.Between(0), _code.After(1) - 1], stack.Unwind(_code.Between(0), first));
    }

    [X64Fact]
    public void AReturnAddressThatIsNotInCodeEndsTheStack()
    {
        var stack = new BuiltStack(32);
        nuint first = stack.Frame(Start + 0x10, next: Start + 0x40, returnAddress: Start);
        stack.Frame(Start + 0x40, next: 0, _code.After(1));

        Assert.Equal([_code.Between(0)], stack.Unwind(_code.Between(0), first));
    }

    [X64Fact]
    public void WhatOnlyStartsThreadsIsLeftOutBelowManagedCode()
    {
        nuint native = (nuint)NativeLibrary.GetExport(NativeLibrary.Load("libc"), "getpid") + 1;
        var stack = new BuiltStack(32);
        nuint second = stack.Frame(Start + 0x40, next: 0, native);
        nuint first = stack.Frame(Start + 0x10, second, _code.After(1));

        Assert.Equal([_code.Between(0), _code.After(1) - 1], stack.Unwind(_code.Between(0), first));
        Assert.Equal([native], new BuiltStack(4).Unwind(native));
    }

    [X64Fact]
    public void NothingIsAllocatedForCodeThatWasSeenBefore()
    {
        var stack = new BuiltStack(32);
        stack[Start] = _code.After(1);
        nuint caller = stack.Frame(Start + 0x20, next: 0, _code.After(2));
        var unwinder = new StackUnwinder();
        var frames = new nuint[8];
        Assert.Equal(3, stack.Unwind(unwinder, _code.Between(0), caller, frames));

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            stack.Unwind(unwinder, _code.Between(0), caller, frames);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static nuint[] Mark(bool marked) => marked ? [(nuint)PseudoFrame.TruncatedStack] : [];

    /// <summary>Where a signal handler returns to: <c>sa_restorer</c>, which the C library sets (sigaction(2)).</summary>
    private static unsafe nuint SignalReturn()
    {
        const int Bytes = 152;
        const int Restorer = 144;
        const int MemoryFault = 11;
        byte* action = stackalloc byte[Bytes];
        Assert.Equal(0, Libc.SignalAction(MemoryFault, null, action));
        return *(nuint*)(action + Restorer);
    }
}
