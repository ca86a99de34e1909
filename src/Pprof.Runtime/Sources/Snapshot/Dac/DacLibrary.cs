using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Pprof.Process;

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

    // Each takes some two megabytes, and a descriptor.
    private const int MaxCopies = 16;

    // Those in use, of the library itself or of a copy of it; 0 before it is loaded. Snapshots take turns.
    private static nint s_create;
    private static int s_copies;
    private static long s_faults;

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
        if (s_create == 0)
        {
            // Not called before faults in it can be come back from.
            nint create = s_copies == 0 ? Load(Path) : LoadCopy();
            DacGuard.Protect(create);
            s_create = create;
        }

        int status = DacGuard.Call((void*)s_create, (nint)(&process), target.Pointer, (nint)(&result));
        return status >= 0 && result != 0
            ? result
            : throw new SnapshotException($"the runtime's {FileName} cannot be used with this runtime (0x{status:x})", isRefused: true);
    }

    /// <summary>
    /// Nobody looks any more. What has followed a pointer to nowhere has kept its lock, which is this thread's: the next one
    /// has to load another.
    /// </summary>
    public static void Close()
    {
        if (DacGuard.Faults != s_faults)
        {
            s_faults = DacGuard.Faults;
            s_create = 0;
            s_copies++;
        }
    }

    /// <summary>The loader takes a file that it has loaded for loaded.</summary>
    private static nint LoadCopy()
    {
        if (s_copies > MaxCopies)
        {
            throw new SnapshotException($"the runtime's {FileName} has failed {MaxCopies} times in this process; restart the service", isRefused: true);
        }

        try
        {
            using SafeFileHandle? copy = MemoryFile.TryCreate(File.ReadAllBytes(Path));
            if (copy is null)
            {
                throw new SnapshotException($"the runtime's {FileName} has failed, and the system has no file in memory for a copy of it: memfd_create(2) failed with errno {Marshal.GetLastPInvokeError()}");
            }

            // It stays open: the loader knows a library by its path.
            nint create = Load($"/proc/self/fd/{copy.DangerousGetHandle()}");
            copy.SetHandleAsInvalid();
            return create;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SnapshotException($"the runtime's {FileName} has failed, and cannot be read for a copy of it: {e.Message}", isRefused: true);
        }
    }

    private static nint Load(string path)
    {
        if (!NativeLibrary.TryLoad(path, out nint library)
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
