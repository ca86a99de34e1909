using System.ComponentModel;
using Pprof.CompilerServices;

namespace Pprof.Hosting;

/// <summary>Where the generated module initializer hands over what was compiled into the application.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class PprofRegistration
{
    private static PprofManifest? _manifest;

    /// <summary>What was registered, or null.</summary>
    internal static PprofManifest? Manifest => Volatile.Read(ref _manifest);

    /// <summary>Called by generated code before the application's own code runs.</summary>
    public static void Register(PprofManifest manifest)
    {
        Volatile.Write(ref _manifest, manifest);
    }
}
