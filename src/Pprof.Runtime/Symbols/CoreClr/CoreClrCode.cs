using System.Diagnostics;
using System.Reflection;

namespace Pprof.Symbols.CoreClr;

/// <summary>Managed code that CoreCLR compiled, or that was compiled for it beforehand.</summary>
internal sealed class CoreClrCode : ManagedCode
{
    /// <inheritdoc/>
    public override bool TryGetMethodStart(nuint ip, out nuint start)
    {
        start = 0;
        if (NativeMethodLookup.Find(ip) is not MethodBase method
            || SyntheticStackTrace.FrameOf(ip, method, needFileInfo: false) is not { } frame)
        {
            return false;
        }

        int offset = frame.GetNativeOffset();
        if (offset == StackFrame.OFFSET_UNKNOWN || (nuint)offset > ip)
        {
            return false;
        }

        start = ip - (nuint)offset;
        return true;
    }
}
