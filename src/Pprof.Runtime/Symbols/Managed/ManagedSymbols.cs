using Pprof.Process;
using Pprof.Symbols.CoreClr;
using Pprof.Symbols.NativeAot;

namespace Pprof.Symbols.Managed;

/// <summary>The names of compiled managed code. Not safe for concurrent use.</summary>
internal abstract class ManagedSymbols
{
    /// <summary>What the runtime of this process can tell.</summary>
    public static ManagedSymbols Create() => ManagedRuntime.IsCoreClr ? new CoreClrSymbols() : new NativeAotSymbols();

    /// <summary>The method at <paramref name="address"/>; null where that is not managed code, or not known.</summary>
    public abstract FrameSymbol? Resolve(nuint address);
}
