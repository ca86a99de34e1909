using System.ComponentModel;
using Pprof.Collectors;

namespace Pprof.CompilerServices;

/// <summary>The collectors of the built-in profiles, one method for each, so that each is linked on its own.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class ProfileCollectors
{
    /// <summary>The collector of the CPU profile.</summary>
    public static ProfileCollector Cpu() => new CpuProfileCollector();

    /// <summary>The collector of a profile of the application's own.</summary>
    public static ProfileCollector Custom(CustomProfile profile) => new CustomProfileCollector(profile);
}
