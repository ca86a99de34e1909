using System.Diagnostics;
using System.Reflection;
using Pprof.Symbols.Managed;

namespace Pprof.Symbols.CoreClr;

/// <summary>Managed code that CoreCLR compiled, or that was compiled for it beforehand.</summary>
internal sealed class CoreClrCode : ManagedCode
{
    private readonly MethodRanges _ranges = new();

    /// <inheritdoc/>
    public override bool TryGetMethodStart(nuint ip, out nuint start)
    {
        if (_ranges.TryFindStart(ip, out start))
        {
            return true;
        }

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

        // Where the cold part of a method was moved away, the offset does not lead back to the method's start.
        nuint candidate = ip - (nuint)offset;
        if (NativeMethodLookup.Find(candidate)?.Equals(method) != true)
        {
            return false;
        }

        start = candidate;
        if (!method.IsCollectible)
        {
            _ranges.Add(start, ip);
        }

        return true;
    }
}
