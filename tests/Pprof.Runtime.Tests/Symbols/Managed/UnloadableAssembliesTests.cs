using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using Pprof.Symbols.Managed;
using Xunit;

namespace Pprof.Runtime.Tests.Symbols.Managed;

public sealed class UnloadableAssembliesTests
{
    /// <summary>One that was made in between, and is gone again, nobody finds by looking: the runtime tells when it comes.</summary>
    [Fact]
    public void OneThatIsGoneWasThere()
    {
        _ = UnloadableAssemblies.WereThere;
        int told = 0;
        AssemblyLoadEventHandler tell = (_, load) => told += load.LoadedAssembly.GetName().Name == nameof(OneThatIsGoneWasThere) && load.LoadedAssembly.IsCollectible ? 1 : 0;
        AppDomain.CurrentDomain.AssemblyLoad += tell;
        try
        {
            WeakReference assembly = Make();
            Assert.True(SpinWait.SpinUntil(
                () =>
                {
                    GC.Collect();
                    GC.WaitForPendingFinalizers();
                    return !assembly.IsAlive;
                },
                TimeSpan.FromSeconds(60)));
        }
        finally
        {
            AppDomain.CurrentDomain.AssemblyLoad -= tell;
        }

        Assert.Equal(1, told);
        Assert.True(UnloadableAssemblies.WereThere);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Make()
    {
        var builder = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName(nameof(OneThatIsGoneWasThere)), AssemblyBuilderAccess.RunAndCollect);
        Type type = builder.DefineDynamicModule("module").DefineType("Thing").CreateType();
        Assert.True(UnloadableAssemblies.AreThere);
        return new WeakReference(Activator.CreateInstance(type));
    }
}
