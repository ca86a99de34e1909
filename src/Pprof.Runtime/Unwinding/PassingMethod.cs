using System.Reflection;
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
    // Some number their methods, and make them without end.
    private const int MaxDynamicNames = 1_000;

    // The class library frees the code of a dynamic method after a collection has found that nobody has it any more. Where
    // there are many collections it is not looked up again after each.
    private const long MinAgeMilliseconds = 100;

    private static readonly char[] s_digits = [.. "0123456789"];
    private static int s_dynamicNames;

    private readonly bool _isDynamic;
    private readonly int _collections = GC.CollectionCount(0);
    private readonly long _found = Environment.TickCount64;

    private PassingMethod(bool isDynamic, nuint address) => (_isDynamic, Address) = (isDynamic, address);

    /// <summary>Stands in a stack for all of its calls of one line; 0 where it has no name.</summary>
    public nuint Address { get; }

    /// <summary>Whether something else may be in its place. What can be unloaded stays while its method is remembered.</summary>
    public bool MayBeGone => _isDynamic && MayBeUnloaded;

    /// <summary>The same for who does not remember the method.</summary>
    public bool MayBeUnloaded => GC.CollectionCount(0) != _collections && Environment.TickCount64 - _found > MinAgeMilliseconds;

    /// <summary>
    /// Null where the code of <paramref name="method"/> stays. Where there is none it may be gone already, or be a stub of the
    /// runtime: something else may come to be there.
    /// </summary>
    public static PassingMethod? Of(nuint address, MethodBase? method)
    {
        if (method is null)
        {
            return new PassingMethod(isDynamic: true, 0);
        }

        bool isDynamic = method.DeclaringType is null;
        if (!isDynamic && !method.IsCollectible)
        {
            return null;
        }

        FrameSymbol symbol = new CoreClrSymbols().Describe(address, method);
        if (isDynamic && !NamedFrames.Instance.Has(symbol) && Interlocked.Increment(ref s_dynamicNames) > MaxDynamicNames)
        {
            symbol = symbol with { Name = symbol.Name.TrimEnd(s_digits), SystemName = "" };
        }

        return new PassingMethod(isDynamic, NamedFrames.Instance.AddressOf(symbol));
    }
}
