using System.Runtime.InteropServices;

namespace Pprof.Sources.Snapshot.Dac;

/// <summary>
/// The runtime's data access component, by which debuggers find their way in the runtime's memory. It comes with the runtime,
/// beside it, and is loaded when it is first needed.
/// </summary>
internal static unsafe class DacLibrary
{
    private const string FileName = "libmscordaccore.so";
    private const int ProcessAttach = 1;

    private static readonly Guid s_process = new("5c552ab6-fc09-4cb3-8e36-22fa03c798b7");
    // One that failed is tried again. Snapshots take turns.
    private static readonly Lazy<nint> s_create = new(Load, LazyThreadSafetyMode.PublicationOnly);

    /// <summary>Why there is none, and what would help; null where it is there. Loads nothing.</summary>
    public static string? UnsupportedReason => File.Exists(Path)
        ? null
        : $"the runtime's {FileName}, which tells where the heap and its roots are, is not beside it; publish the service without PublishSingleFile, or framework-dependent";

    private static string Path => System.IO.Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), FileName);

    /// <summary>What looks into <paramref name="target"/>.</summary>
    /// <exception cref="SnapshotException">It does not know the runtime in there.</exception>
    public static nint Open(DacTarget target)
    {
        Guid process = s_process;
        nint result = 0;
        int status = ((delegate* unmanaged<Guid*, nint, nint*, int>)s_create.Value)(&process, target.Pointer, &result);
        return status >= 0 && result != 0
            ? result
            : throw new SnapshotException($"the runtime's {FileName} cannot be used with this runtime (0x{status:x})", isRefused: true);
    }

    private static nint Load()
    {
        if (!NativeLibrary.TryLoad(Path, out nint library)
            || !NativeLibrary.TryGetExport(library, "CLRDataCreateInstance", out nint create)
            || !NativeLibrary.TryGetExport(library, "DllMain", out nint main))
        {
            throw new SnapshotException($"the runtime's {FileName} cannot be loaded", isRefused: true);
        }

        // What Windows would do.
        ((delegate* unmanaged<nint, uint, nint, int>)main)(library, ProcessAttach, 0);
        return create;
    }
}
