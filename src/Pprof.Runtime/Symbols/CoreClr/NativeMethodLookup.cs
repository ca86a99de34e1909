using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Pprof.Symbols.CoreClr;

/// <summary>The method of an address, by an entry point that CoreCLR's class library keeps to itself.</summary>
internal static class NativeMethodLookup
{
    /// <summary>Whether the entry point exists.</summary>
    public static bool IsSupported { get; } = Probe();

    /// <summary>
    /// The method whose code holds <paramref name="address"/>; null where that is not managed code, or a stub that the
    /// runtime made.
    /// </summary>
    public static MethodBase? Find(nuint address)
    {
        if (!IsSupported)
        {
            return null;
        }

        try
        {
            if (!UnloadableCode.TryKeep(address, out object? keeper))
            {
                return null;
            }

            MethodBase? method = GetMethodFromNativeIP(null, (nint)address);
            GC.KeepAlive(keeper);
            return method;
        }
        catch (Exception)
        {
            // The runtime looks the address up without a lock against unloading; what it then runs into varies. A
            // name is not worth an exception in a profile.
            return null;
        }
    }

    private static bool Probe()
    {
        try
        {
            return GetMethodFromNativeIP(null, 0) is null;
        }
        catch (MissingMethodException)
        {
            return false;
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.StaticMethod)]
    private static extern MethodBase? GetMethodFromNativeIP(StackFrame? declaringType, nint ip);
}
