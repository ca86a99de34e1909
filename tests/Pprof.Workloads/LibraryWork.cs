using System.Runtime.InteropServices;

namespace Pprof.Workloads;

/// <summary>CPU time in a function of a native library that a test has compiled.</summary>
internal static unsafe class LibraryWork
{
    private static delegate* unmanaged<int, int> s_spin;
    private static int s_sink;

    /// <summary>Loads the library at <paramref name="path"/>.</summary>
    public static void Load(string path) =>
        s_spin = (delegate* unmanaged<int, int>)NativeLibrary.GetExport(NativeLibrary.Load(path), "spin");

    public static void RunOne() => s_sink += s_spin(1_000_000);
}
