using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using Pprof.Symbols.CoreClr;
using Xunit;

namespace Pprof.Runtime.Tests.Symbols.CoreClr;

/// <summary>Addresses of methods that are unloaded while they are asked for. What fails here ends the process.</summary>
public sealed class UnloadableCodeTests
{
    private const int Assemblies = 100;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Fact]
    public void TheRuntimeHasTheEntryPoints() => Assert.True(UnloadableCode.IsKnown);

    [Fact]
    public void CodeThatStaysNeedsNoKeeper()
    {
        nuint address = RecordedStack.Of(static () => RecordedStack.Capture()).Callers[0];

        Assert.True(UnloadableCode.TryKeep(address, out object? keeper));
        Assert.Null(keeper);
        Assert.NotNull(NativeMethodLookup.Find(address));
    }

    [Fact]
    public void CodeThatCanBeUnloadedIsNotWhileTheKeeperIsHeld()
    {
        nuint address = AddressInNewAssembly(out WeakReference assembly);
        Assert.True(UnloadableCode.TryKeep(address, out object? keeper));
        Assert.NotNull(keeper);

        for (int i = 0; i < 3; i++)
            Collect();

        Assert.True(assembly.IsAlive);
        Assert.Equal("Call", NativeMethodLookup.Find(address)?.Name);
        GC.KeepAlive(keeper);
    }

    [Fact]
    public void CodeThatIsBeingUnloadedHasNoMethod()
    {
        var end = DateTime.UtcNow + s_patience;
        for (int i = 0; i < Assemblies; i++)
        {
            nuint address = AddressInNewAssembly(out _);
            while (IsFound(address))
            {
                Assert.True(DateTime.UtcNow < end, "The code is not unloaded.");
                GC.Collect();
            }

            // Now the runtime takes it apart.
            GC.WaitForPendingFinalizers();
            Assert.False(IsFound(address));
        }
    }

    /// <summary>An address inside the only method of an assembly that is made for it, <c>Unloadable.Code.Call</c>, and whether that is still there.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static nuint AddressInNewAssembly(out WeakReference alive)
    {
        AssemblyBuilder assembly = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("Unloadable"), AssemblyBuilderAccess.RunAndCollect);
        TypeBuilder type = assembly.DefineDynamicModule("Unloadable").DefineType("Unloadable.Code", TypeAttributes.Public);
        ILGenerator code = type
            .DefineMethod("Call", MethodAttributes.Public | MethodAttributes.Static, typeof(void), [typeof(Action), typeof(Action)])
            .GetILGenerator();
        for (int argument = 0; argument < 2; argument++)
        {
            code.Emit(OpCodes.Ldarg, argument);
            code.Emit(OpCodes.Callvirt, typeof(Action).GetMethod(nameof(Action.Invoke))!);
        }

        code.Emit(OpCodes.Ret);
        Type made = type.CreateType();
        alive = new WeakReference(made);
        var call = made.GetMethod("Call")!.CreateDelegate<Action<Action, Action>>();
        return RecordedStack.Of(() => call(static () => RecordedStack.Capture(), static () => { }))
            .Callers.First(static address => NativeMethodLookup.Find(address)?.Name == "Call");
    }

    /// <summary>Whether the method is there; of its own, so that nothing on the stack holds what was found.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static bool IsFound(nuint address) => NativeMethodLookup.Find(address)?.Name == "Call";

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }
}
