using System.Diagnostics;
using Pprof.Process;
using Pprof.Symbols.Managed;

namespace Pprof.Symbols.NativeAot;

/// <summary>Managed code that was compiled ahead of time.</summary>
internal sealed class NativeAotCode : ManagedCode
{
    /// <inheritdoc/>
    public override bool TryGetMethodStart(nuint ip, out nuint start)
    {
        start = 0;
        if (!NativeAotFrame.IsSupported || !NativeAotFrame.TryCreate(ip, out StackFrame? frame))
        {
            return false;
        }

        int offset = frame!.GetNativeOffset();

        // Of what is not managed it is the distance from 0, in the bits that it has.
        if (offset == StackFrame.OFFSET_UNKNOWN || offset == unchecked((int)ip) || (nuint)offset > ip)
        {
            return false;
        }

        start = ip - (nuint)offset;
        return true;
    }
}
