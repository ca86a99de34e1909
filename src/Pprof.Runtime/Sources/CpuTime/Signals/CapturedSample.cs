using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pprof.Sources.CpuTime.Signals;

/// <summary>One sample as the handler wrote it: <c>slot_header</c> in handler.c.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CapturedSample
{
    /// <summary>The thread's number in its session; 0 for a thread that has no timer yet.</summary>
    public uint Thread;

    /// <summary>The thread's id where <see cref="Thread"/> is 0.</summary>
    public uint Tid;

    /// <summary>Periods of CPU time that this sample stands for: one and those that the kernel ran together.</summary>
    public ulong Weight;

    /// <summary>Program counter.</summary>
    public nuint Pc;

    /// <summary>Stack pointer.</summary>
    public nuint Sp;

    /// <summary>Frame pointer: rbp, x29.</summary>
    public nuint Fp;

    /// <summary>Link register, on AArch64.</summary>
    public nuint Lr;

    /// <summary>x64: rbx, r12 to r15, rax, rdx, rcx, r10, r11. AArch64: x19 to x28.</summary>
    public SavedRegisters Saved;

    /// <summary>Bytes of the stack that were copied, from <see cref="Sp"/> upwards.</summary>
    public ulong StackBytes;

    /// <summary>How the stack was copied: 0 not at all, 1 directly, 2 by the kernel.</summary>
    public ulong StackSource;

    /// <summary>Links of the frame-pointer chain above what was copied.</summary>
    public ulong ChainPairs;

    /// <summary>Number of the thread's label set; 0 for none.</summary>
    public long Labels;

    /// <summary>Ten registers.</summary>
    [InlineArray(10)]
    public struct SavedRegisters
    {
        private nuint _first;
    }
}
