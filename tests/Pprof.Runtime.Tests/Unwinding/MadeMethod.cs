using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using Pprof.Runtime.Tests.Symbols;

namespace Pprof.Runtime.Tests.Unwinding;

/// <summary>A method that is made at run time, and gone when nobody has it.</summary>
internal static class MadeMethod
{
    /// <summary>An address inside a call in such a method, while <paramref name="body"/> is called.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Do(string name, Action<nuint> body)
    {
        // It returns something of its own: otherwise the call is a tail call and leaves no frame.
        var method = new DynamicMethod(name, typeof(int), []);
        ILGenerator il = method.GetILGenerator();
        il.Emit(OpCodes.Ldc_I4_7);
        il.Emit(OpCodes.Ldc_I4_0);
        il.Emit(OpCodes.Call, typeof(RecordedStack).GetMethod(nameof(RecordedStack.Capture))!);
        il.Emit(OpCodes.Ret);
        var call = method.CreateDelegate<Func<int>>();
        body(RecordedStack.Of(() => call()).Callers[0]);
        GC.KeepAlive(call);
    }
}
