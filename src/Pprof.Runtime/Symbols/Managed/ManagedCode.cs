using Pprof.Process;
using Pprof.Symbols.CoreClr;
using Pprof.Symbols.NativeAot;

namespace Pprof.Symbols.Managed;

/// <summary>Where the methods of compiled managed code begin. Safe for concurrent use.</summary>
internal abstract class ManagedCode
{
    /// <summary>What the runtime of this process can tell; nothing where its private entry points are not as expected.</summary>
    public static ManagedCode Create() => ManagedRuntime.IsCoreClr ? new CoreClrCode() : new NativeAotCode();

    /// <summary>
    /// The first instruction of the method whose code holds <paramref name="ip"/>; false where that is not managed code,
    /// or not known.
    /// </summary>
    public abstract bool TryGetMethodStart(nuint ip, out nuint start);
}
