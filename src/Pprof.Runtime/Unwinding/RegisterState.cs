using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Pprof.Sources.CpuTime.Signals;
using Pprof.Unwinding.Dwarf;

namespace Pprof.Unwinding;

/// <summary>The registers of one frame, by their DWARF numbers, as far as they are known.</summary>
internal struct RegisterState
{
    private static readonly bool Arm64 = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;
    private static readonly int StackPointer = DwarfRegister.StackPointer;
    private static readonly int FramePointer = DwarfRegister.FramePointer;

    // Where handler.c puts the other registers of x64: rbx, r12 to r15, rax, rdx, rcx, r10, r11.
    private static readonly int[] SavedX64 = [3, 12, 13, 14, 15, 0, 1, 2, 10, 11];

    private Values _values;
    private ulong _known;

    /// <summary>The registers of the leaf frame.</summary>
    public RegisterState(in CapturedSample sample)
    {
        Set(StackPointer, sample.Sp);
        Set(FramePointer, sample.Fp);
        if (Arm64)
        {
            Set(DwarfRegister.Arm64LinkRegister, sample.Lr);
        }

        for (int i = 0; i < SavedX64.Length; i++)
        {
            Set(Arm64 ? DwarfRegister.Arm64X19 + i : SavedX64[i], sample.Saved[i]);
        }
    }

    /// <summary>Stack pointer.</summary>
    public nuint Sp
    {
        readonly get => _values[StackPointer];
        set => Set(StackPointer, value);
    }

    /// <summary>Frame pointer.</summary>
    public nuint Fp
    {
        readonly get => _values[FramePointer];
        set => Set(FramePointer, value);
    }

    /// <summary>The value of a register; false where it is not known.</summary>
    public readonly bool TryGet(int register, out nuint value)
    {
        bool known = (uint)register < DwarfRegister.Count && (_known & (1UL << register)) != 0;
        value = known ? _values[register] : 0;
        return known;
    }

    /// <summary>Sets a register.</summary>
    public void Set(int register, nuint value)
    {
        _values[register] = value;
        _known |= 1UL << register;
    }

    /// <summary>Forgets a register.</summary>
    public void Forget(int register) => _known &= ~(1UL << register);

    /// <summary>Forgets all but the stack pointer and the frame pointer: what is left after a step by frame pointer.</summary>
    public void ForgetOthers() => _known = (1UL << StackPointer) | (1UL << FramePointer);

    [InlineArray(DwarfRegister.Count)]
    private struct Values
    {
        private nuint _first;
    }
}
