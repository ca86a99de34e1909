namespace Pprof;

/// <summary>The profiles that a service can serve. A profile that is left out is not linked into the application.</summary>
[Flags]
public enum PprofProfiles
{
    /// <summary>No profile. The index page, <c>cmdline</c> and <c>symbol</c> are still served.</summary>
    None = 0,

    /// <summary>CPU time by stack, at <c>/debug/pprof/profile</c>.</summary>
    Cpu = 1 << 0,

    /// <summary>Every profile of this version of the package.</summary>
    All = Cpu,
}
