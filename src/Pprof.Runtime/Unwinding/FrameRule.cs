using System.Reflection;
using Pprof.Unwinding.Dwarf;

namespace Pprof.Unwinding;

/// <summary>How to get from a frame to its caller, at one program counter.</summary>
internal enum FrameRuleKind : byte
{
    /// <summary>By the frame pointer: it points at the caller's frame pointer, which the return address follows.</summary>
    FramePointer,

    /// <summary>The return address is a known distance above the stack pointer.</summary>
    StackPointer,

    /// <summary>The return address is in the link register (AArch64).</summary>
    LinkRegister,

    /// <summary>By call frame information.</summary>
    CallFrameInformation,

    /// <summary>
    /// Nothing is known of a leaf: the word at the stack pointer is taken where it is certainly a return address, of a call
    /// or of a signal handler, and the frame pointer otherwise.
    /// </summary>
    Unknown,
}

/// <summary>A rule of one of these kinds.</summary>
internal sealed record FrameRule
{
    /// <summary>By frame pointer.</summary>
    public static readonly FrameRule ByFramePointer = new() { Kind = FrameRuleKind.FramePointer };

    /// <summary>A leaf of which nothing is known.</summary>
    public static readonly FrameRule UnknownLeaf = new() { Kind = FrameRuleKind.Unknown };

    /// <summary>Which of the kinds.</summary>
    public required FrameRuleKind Kind { get; init; }

    /// <summary>Bytes from the stack pointer, as the body of the method keeps it, up to the return address.</summary>
    public int ReturnAddressOffset { get; init; }

    /// <summary>Bytes from the stack pointer up to the saved frame pointer, or -1 where the frame pointer is unchanged.</summary>
    public int SavedFramePointerOffset { get; init; } = -1;

    /// <summary>Whether the frame is managed code.</summary>
    public bool IsManaged { get; init; }

    /// <summary>Whether the frame is code that only starts threads and programs: the C library's, the runtime's.</summary>
    public bool IsThreadStart { get; init; }

    /// <summary>The method, where the just-in-time compiler made the code.</summary>
    public MethodBase? Method { get; init; }

    /// <summary>The name for it, where the code may be gone, and something else in its place, before it is looked up.</summary>
    public PassingMethod? Passing { get; init; }

    /// <summary>The first instruction of that code.</summary>
    public nuint MethodStart { get; init; }

    /// <summary>The row of call frame information, apart: it is large, and most frames have none.</summary>
    public CallFrameRow Frame { get; init; } = CallFrameRow.Empty;

    /// <summary>What stands in that row.</summary>
    public ref readonly UnwindRow Row => ref Frame.Rules;

    /// <summary>Where the row's expressions are.</summary>
    public EhFrameTable? Table { get; init; }
}
