using System.Runtime.CompilerServices;
using Pprof.Unwinding.Dwarf;

namespace Pprof.Unwinding;

/// <summary>
/// The registers of one frame, by their DWARF numbers, as far as they are known. Of a thread that was interrupted most are;
/// of one at rest it may be the stack pointer alone.
/// </summary>
internal struct RegisterState
{
    private static readonly int s_stackPointer = DwarfRegister.StackPointer;
    private static readonly int s_framePointer = DwarfRegister.FramePointer;

    private Values _values;
    private ulong _known;

    /// <summary>Stack pointer; 0 where it is not known.</summary>
    public nuint Sp
    {
        readonly get => _values[s_stackPointer];
        set => Set(s_stackPointer, value);
    }

    /// <summary>Frame pointer; 0 where it is not known.</summary>
    public nuint Fp
    {
        readonly get => _values[s_framePointer];
        set => Set(s_framePointer, value);
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

    /// <summary>Whether the frame pointer is known.</summary>
    public readonly bool HasFp => (_known & (1UL << s_framePointer)) != 0;

    /// <summary>Forgets all but the stack pointer and the frame pointer: what is left after a step by frame pointer.</summary>
    public void ForgetOthers() => _known &= (1UL << s_stackPointer) | (1UL << s_framePointer);

    [InlineArray(DwarfRegister.Count)]
    private struct Values
    {
        private nuint _first;
    }
}
