using System.Runtime.InteropServices;
using Pprof.Process;

namespace Pprof.Sources.Snapshot.Dac;

/// <summary>
/// Calls what may follow a pointer to nowhere, and comes back from that. The runtime's data access component is made to look
/// at processes that stand still at a place of their own choice. A copy is made at any moment, with types half made and half
/// taken away, and not every pointer in it leads somewhere.
/// </summary>
/// <remarks>
/// The first call puts a handler before the runtime's handler of memory faults, for the life of the process: Native/guard.c. All
/// but the faults of who calls here are the runtime's as before. One thread calls at a time: that which has its turn to look
/// at the heap.
/// </remarks>
internal static unsafe class DacGuard
{
    /// <summary>What a call returns that was come back from: E_FAIL.</summary>
    public const int Failed = unchecked((int)0x80004005);

    // The places of guard.c.
    private const int CallOffset = 16;
    private const int ControlOffset = 0x10000;
    private const int Ranges = 4;

    // struct sigaction of glibc and musl, 64-bit: handler, mask (128 bytes), flags, restorer.
    private const int ActionBytes = 152;
    private const int FlagsOffset = 136;
    private const int SignalOfFaults = 11;
    private const int Siginfo = 0x00000004;

    private static readonly Control* s_control = Install();

    /// <summary>The faults that were come back from.</summary>
    public static long Faults => s_control == null ? 0 : (long)s_control->Faults;

    /// <summary>
    /// Lets faults be come back from in the code of a library and in that of the C library. Nothing happens where there is no
    /// handler of faults to be put before, or the system does not let one be: then a call is a call.
    /// </summary>
    /// <param name="function">A function of the library.</param>
    /// <exception cref="SnapshotException">It cannot be found now where the libraries are.</exception>
    public static void Protect(nint function)
    {
        if (s_control == null)
        {
            return;
        }

        ProcessMap map = ProcessMap.Read();
        if (map.Regions.Count == 0)
        {
            throw SnapshotException.NoMap();
        }

        int next = 0;

        // Any function of the C library shows where that is.
        foreach (nint address in (nint[])[function, Libc.FindClock()])
        {
            // Files in memory have one name.
            ProcessMapRegion? own = map.Find((nuint)address);
            foreach (ProcessMapRegion region in map.Regions)
            {
                if (region.IsExecutable && region.Path == own?.Path && region.Inode == own.Inode && next < Ranges)
                {
                    s_control->Code[2 * next] = region.Start;
                    s_control->Code[(2 * next) + 1] = region.Limit;
                    next++;
                }
            }
        }

        for (; next < Ranges; next++)
        {
            s_control->Code[2 * next] = s_control->Code[(2 * next) + 1] = 0;
        }
    }

    /// <summary>Calls a function with as many arguments as it has.</summary>
    public static int Call(void* function, nint a, nint b = 0, nint c = 0, nint d = 0, nint e = 0, nint f = 0, nint g = 0) =>
        s_control == null
            ? ((delegate* unmanaged<nint, nint, nint, nint, nint, nint, nint, int>)function)(a, b, c, d, e, f, g)
            : ((delegate* unmanaged<void*, nint, nint, nint, nint, nint, nint, nint, int>)((byte*)s_control - ControlOffset + CallOffset))(
                function, a, b, c, d, e, f, g);

    /// <summary>
    /// What was called has called managed code, or has not any more: a fault in that is the runtime's, wherever it is.
    /// </summary>
    public static void SetOutside(bool isOutside)
    {
        if (s_control != null)
        {
            Volatile.Write(ref s_control->IsOutside, isOutside ? 1UL : 0);
        }
    }

    private static Control* Install()
    {
        byte* action = stackalloc byte[ActionBytes];
        if (Libc.SignalAction(SignalOfFaults, null, action) != 0 || (*(int*)(action + FlagsOffset) & Siginfo) == 0 || *(nint*)action is 0 or 1)
        {
            return null;
        }

        ReadOnlySpan<byte> code = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? DacGuardCode.Arm64 : DacGuardCode.X64;
        nuint length = (nuint)(ControlOffset + sizeof(Control));
        byte* memory = (byte*)Libc.Map(null, length, Libc.ReadWrite, Libc.PrivateAnonymous, -1, 0);
        if (memory == Libc.MapFailed)
        {
            return null;
        }

        code.CopyTo(new Span<byte>(memory, ControlOffset));
        var control = (Control*)(memory + ControlOffset);
        control->Previous = *(nint*)action;
        *(nint*)action = (nint)memory;

        // Flags and mask stay as they were: the handler that was there relies on them.
        if (Libc.Protect(memory, ControlOffset, Libc.ReadExecute) != 0 || Libc.SignalAction(SignalOfFaults, action, null) != 0)
        {
            _ = Libc.Unmap(memory, length);
            return null;
        }

        return control;
    }

    /// <summary>The <c>guard</c> of guard.c.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Control
    {
        public ulong Thread;
        public ulong Frame;
        public ulong IsOutside;
        public ulong Faults;
        public nint Previous;
        public fixed ulong Code[2 * Ranges];
    }
}
