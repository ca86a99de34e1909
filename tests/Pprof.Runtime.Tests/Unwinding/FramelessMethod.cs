using System.Reflection;
using System.Reflection.Emit;
using Pprof.Runtime.Tests.Symbols;
using Pprof.Symbols.CoreClr;

namespace Pprof.Runtime.Tests.Unwinding;

/// <summary>A method that the just-in-time compiler gives no frame pointer on x64: small, optimized, with one call.</summary>
internal static class FramelessMethod
{
    private static readonly MethodInfo s_method = Emit();

    /// <summary>An address inside the method's call, or right after it, as an exception recorded it.</summary>
    public static nuint RecordedAddress { get; } = Record();

    private static MethodInfo Emit()
    {
        // Not of this assembly, which is compiled for debugging and has a frame in every method.
        TypeBuilder type = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("Frameless"), AssemblyBuilderAccess.Run)
            .DefineDynamicModule("Frameless").DefineType("Frameless", TypeAttributes.Public);
        MethodBuilder parse = type.DefineMethod("Parse", MethodAttributes.Public | MethodAttributes.Static, typeof(int), [typeof(string)]);
        parse.SetImplementationFlags(MethodImplAttributes.NoInlining);
        ILGenerator code = parse.GetILGenerator();
        code.Emit(OpCodes.Ldarg_0);
        code.Emit(OpCodes.Call, typeof(int).GetMethod(nameof(int.Parse), [typeof(string)])!);
        code.Emit(OpCodes.Ret);

        MethodBuilder method = type.DefineMethod(
            "ParseAndAdd", MethodAttributes.Public | MethodAttributes.Static, typeof(int), [typeof(string), typeof(int)]);
        method.SetImplementationFlags(MethodImplAttributes.AggressiveOptimization);
        code = method.GetILGenerator();
        code.Emit(OpCodes.Ldarg_0);
        code.Emit(OpCodes.Call, parse);
        code.Emit(OpCodes.Ldarg_1);
        code.Emit(OpCodes.Add);
        code.Emit(OpCodes.Ret);
        return type.CreateType().GetMethod(method.Name)!;
    }

    private static nuint Record()
    {
        try
        {
            s_method.CreateDelegate<Func<string, int, int>>()("no number", 1);
        }
        catch (FormatException e)
        {
            return RecordedStack.AddressesOf(e).Single(address => s_method.Equals(NativeMethodLookup.Find(address)));
        }

        throw new InvalidOperationException("nothing was recorded");
    }
}
