using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Pprof.Symbols.CoreClr;

/// <summary>
/// Tells code that is being unloaded: its methods are still found by address, but to make the object that describes one of
/// them ends the process. An address that was sampled may be asked for at any time after.
/// </summary>
/// <remarks>
/// The entry points are those with which the class library itself keeps a method that can be unloaded. What they take and
/// give is a structure around one pointer, which every calling convention passes as the pointer. Where a runtime has them no
/// more, or in another form, nothing is known to be unloaded.
/// </remarks>
internal static unsafe class UnloadableCode
{
    private const string Handle = "RuntimeMethodHandleInternal";

    private static readonly delegate*<nint, nint> s_methodAt = (delegate*<nint, nint>)EntryPoint(
        typeof(StackFrame).GetMethod("GetMethodDescFromNativeIP", BindingFlags.Static | BindingFlags.NonPublic), nameof(IntPtr), Handle);

    private static readonly delegate*<nint, int> s_isCollectible = (delegate*<nint, int>)EntryPoint(
        typeof(RuntimeMethodHandle).GetMethod("GetIsCollectible", BindingFlags.Static | BindingFlags.NonPublic), Handle, "BOOL");

    private static readonly delegate*<nint, object?> s_allocatorOf = (delegate*<nint, object?>)EntryPoint(
        typeof(RuntimeMethodHandle).GetMethod("GetLoaderAllocator", BindingFlags.Static | BindingFlags.NonPublic), Handle, "LoaderAllocator");

    /// <summary>Whether the runtime has the entry points.</summary>
    public static bool IsKnown => s_methodAt != null && s_isCollectible != null && s_allocatorOf != null;

    /// <summary>
    /// False where the code at <paramref name="address"/> is being unloaded. Where it can be unloaded it is not for as long as
    /// <paramref name="keeper"/> is held, which is null otherwise.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool TryKeep(nuint address, out object? keeper)
    {
        keeper = null;
        if (!IsKnown)
        {
            return true;
        }

        nint method = s_methodAt((nint)address);
        if (method == 0)
        {
            return true;
        }

        keeper = s_allocatorOf(method);
        return keeper is not null || s_isCollectible(method) == 0;
    }

    private static nint EntryPoint(MethodInfo? method, string parameter, string result) =>
        method is not null && method.ReturnType.Name == result && method.GetParameters() is [var only] && only.ParameterType.Name == parameter
            ? method.MethodHandle.GetFunctionPointer()
            : 0;
}
