using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Pprof.Process;

/// <summary>The stack frame of an address, by a constructor that NativeAOT's class library keeps to itself.</summary>
internal static class NativeAotFrame
{
    /// <summary>Whether the constructor exists: only NativeAOT has it.</summary>
    public static bool IsSupported { get; } = TryCreate(0, out _);

    /// <summary>
    /// The frame of <paramref name="address"/>. An address that is not in managed code gives a frame that knows nothing.
    /// </summary>
    public static bool TryCreate(nuint address, out StackFrame? frame)
    {
        try
        {
            frame = New((nint)address, false);
            return true;
        }
        catch (MissingMethodException)
        {
            frame = null;
            return false;
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    private static extern StackFrame New(nint ip, bool needFileInfo);
}
