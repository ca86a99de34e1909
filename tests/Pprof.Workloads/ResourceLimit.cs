using System.Runtime.InteropServices;

namespace Pprof.Workloads;

/// <summary>What the process may have of something, as setrlimit(2) limits it.</summary>
internal static unsafe partial class ResourceLimit
{
    /// <summary>Lowers a limit for good.</summary>
    public static void Set(int resource, ulong value)
    {
        ulong* limit = stackalloc ulong[] { value, value };
        if (SetResourceLimit(resource, limit) != 0)
            throw new InvalidOperationException($"setrlimit({resource}) failed");
    }

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetResourceLimit(int resource, ulong* limit);
}
