using System.Reflection;
using Pprof.Process;
using Pprof.Symbols;
using Pprof.Symbols.CoreClr;
using Pprof.Symbols.Managed;

namespace Pprof.Unwinding;

/// <summary>
/// A method whose code does not stay: one that was made at run time (<c>DynamicMethod</c>, a compiled expression), or that
/// can be unloaded. Its addresses are others' afterwards, while profiles name what they keep much later. So its frames are
/// kept by name.
/// </summary>
internal sealed class PassingMethod
{
    private readonly CodeMoment _found;

    private PassingMethod(CodeMoment found, nuint address) => (_found, Address) = (found, address);

    /// <summary>Names that stand for several of them each.</summary>
    public static int SharedNames => ManagedRuntime.IsCoreClr ? PassingNames.Instance.SharedNames : 0;

    /// <summary>Stands in a stack for all of its calls of one line; 0 where it has no name.</summary>
    public nuint Address { get; }

    /// <summary>Whether something else may be in its place.</summary>
    public bool MayBeGone => _found.MayBeGone;

    /// <summary>
    /// Null where the code of <paramref name="method"/> stays. Where there is none it may be gone already, or be a stub of the
    /// runtime: something else may come to be there.
    /// </summary>
    /// <param name="address">In the code.</param>
    /// <param name="method">The method that has it.</param>
    /// <param name="isKept">Whether what can be unloaded stays, because the caller remembers its method.</param>
    public static PassingMethod? Of(nuint address, MethodBase? method, bool isKept)
    {
        if (method is null)
        {
            return new PassingMethod(CodeMoment.Now, 0);
        }

        bool isDynamic = method.DeclaringType is null;
        if (!isDynamic && !method.IsCollectible)
        {
            return null;
        }

        FrameSymbol symbol = PassingNames.Instance.Of(new CoreClrSymbols().Describe(address, method));
        return new PassingMethod(isDynamic || !isKept ? CodeMoment.Now : CodeMoment.Lasting, NamedFrames.Instance.AddressOf(symbol));
    }
}
