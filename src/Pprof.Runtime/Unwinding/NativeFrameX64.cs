namespace Pprof.Unwinding;

/// <summary>
/// Tells from the instructions around the program counter where the return address is in native code that has no call frame
/// information. NativeAOT's runtime has none, but frame pointers; its fault handlers are nearly always interrupted at their
/// first instruction, because the kernel delivers both signals at once.
/// </summary>
internal static class NativeFrameX64
{
    private const byte PushRbp = 0x55;

    private static readonly FrameRule s_entered = new() { Kind = FrameRuleKind.StackPointer };

    private static readonly FrameRule s_pushed = new()
    {
        Kind = FrameRuleKind.StackPointer,
        ReturnAddressOffset = 8,
        SavedFramePointerOffset = 0,
    };

    // push rbp; mov rbp, rsp
    private static ReadOnlySpan<byte> Prologue => [PushRbp, 0x48, 0x89, 0xe5];

    // endbr64
    private static ReadOnlySpan<byte> BranchTarget => [0xf3, 0x0f, 0x1e, 0xfa];

    /// <summary>
    /// The rule of a leaf that is about to execute the instructions <paramref name="following"/>, which come after the byte
    /// <paramref name="before"/>.
    /// </summary>
    public static FrameRule RuleAt(byte before, ReadOnlySpan<byte> following)
    {
        if (before == PushRbp && following.StartsWith(Prologue[1..]))
        {
            return s_pushed;
        }

        ReadOnlySpan<byte> body = following.StartsWith(BranchTarget) ? following[BranchTarget.Length..] : following;
        return body.StartsWith(Prologue) ? s_entered : JitFrameX64.InEpilogue(following) ?? FrameRule.UnknownLeaf;
    }
}
