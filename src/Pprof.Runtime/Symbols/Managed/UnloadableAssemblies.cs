namespace Pprof.Symbols.Managed;

/// <summary>
/// Whether this process has assemblies that can be unloaded: the runtime's identity of a type that only they have may belong
/// to nothing any more.
/// </summary>
internal static class UnloadableAssemblies
{
    private static volatile bool s_wereThere;

    static UnloadableAssemblies() => AppDomain.CurrentDomain.AssemblyLoad += static (_, load) => s_wereThere |= load.LoadedAssembly.IsCollectible;

    /// <summary>Whether there are any now.</summary>
    public static bool AreThere => Array.Exists(AppDomain.CurrentDomain.GetAssemblies(), static assembly => assembly.IsCollectible);

    /// <summary>Whether there are any, or were since this was asked for the first time.</summary>
    public static bool WereThere => s_wereThere || (s_wereThere = AreThere);
}
