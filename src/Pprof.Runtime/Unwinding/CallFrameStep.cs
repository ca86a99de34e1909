using System.Runtime.InteropServices;
using Pprof.Unwinding.Dwarf;

namespace Pprof.Unwinding;

/// <summary>Leaves a frame by a row of call frame information (DWARF 5, section 6.4.3).</summary>
internal static class CallFrameStep
{
    // Arm64 keeps an authentication code in the bits of a return address that no address uses.
    private const ulong AddressBits = (1UL << 48) - 1;

    /// <summary>Whether the row says that the frame has no caller.</summary>
    public static bool IsEnd(in FrameRule rule) => rule.Row.ReturnAddress.Kind == UnwindRuleKind.Undefined;

    /// <summary>
    /// Changes <paramref name="registers"/> to those of the caller. False, with the registers unchanged, where what
    /// the row needs was not copied.
    /// </summary>
    public static bool TryStep(FrameRule rule, in StackMemory memory, ref RegisterState registers, out nuint caller)
    {
        ref readonly UnwindRow row = ref rule.Row;
        caller = 0;
        // A caller's frame lies above that of its callee. There are two exceptions: what a signal interrupted may lie on
        // another stack, and a leaf of Arm64 needs no stack, so that its caller's frame is at the same place.
        if (!TryComputeCfa(rule, in memory, in registers, out nuint cfa)
            || (cfa <= registers.Sp && !row.IsSignalFrame && row.ReturnAddress.Kind != UnwindRuleKind.SameValue))
        {
            return false;
        }

        RegisterState next = registers;
        foreach (byte register in rule.Frame.Changed)
        {
            if (TryRecover(rule, row[register], cfa, in memory, in registers, out nuint value))
            {
                next.Set(register, value);
            }
            else
            {
                next.Forget(register);
            }
        }

        if (!next.TryGet(row.ReturnAddressRegister, out caller))
        {
            return false;
        }

        if (row.IsReturnAddressSigned)
        {
            caller &= unchecked((nuint)AddressBits);
        }

        if (row[DwarfRegister.StackPointer].Kind == UnwindRuleKind.SameValue)
        {
            next.Sp = cfa;
        }

        registers = next;
        return caller != 0;
    }

    /// <summary>The address above the frame, from which its row finds everything.</summary>
    public static bool TryComputeCfa(FrameRule rule, in StackMemory memory, in RegisterState registers, out nuint cfa)
    {
        UnwindRule how = rule.Row.Cfa;
        if (how.Kind == UnwindRuleKind.Register)
        {
            bool known = registers.TryGet(how.Register, out nuint value);
            cfa = value + (nuint)how.Offset;
            return known;
        }

        cfa = 0;
        return how.Kind == UnwindRuleKind.Expression && TryEvaluate(rule, how, in memory, in registers, null, out cfa);
    }

    private static bool TryRecover(
        FrameRule rule, UnwindRule how, nuint cfa, in StackMemory memory, in RegisterState registers, out nuint value)
    {
        value = 0;
        switch (how.Kind)
        {
            case UnwindRuleKind.Offset:
                return memory.TryRead(cfa + (nuint)how.Offset, out value);
            case UnwindRuleKind.ValueOffset:
                value = cfa + (nuint)how.Offset;
                return true;
            case UnwindRuleKind.Register:
                return registers.TryGet(how.Register, out value);
            case UnwindRuleKind.Expression:
                return TryEvaluate(rule, how, in memory, in registers, cfa, out nuint address) && memory.TryRead(address, out value);
            case UnwindRuleKind.ValueExpression:
                return TryEvaluate(rule, how, in memory, in registers, cfa, out value);
            default:
                return false;
        }
    }

    private static bool TryEvaluate(
        FrameRule rule, UnwindRule how, in StackMemory memory, in RegisterState registers, nuint? initial, out nuint value)
    {
        var frame = new Frame(memory, in registers);
        value = 0;
        return rule.Table is { } table && DwarfExpression.TryEvaluate(table.ExpressionOf(how), initial, ref frame, out value);
    }

    private readonly ref struct Frame(StackMemory memory, in RegisterState registers) : IDwarfFrame
    {
        private readonly StackMemory _memory = memory;
        private readonly ref readonly RegisterState _registers = ref registers;

        public bool TryReadRegister(int register, out nuint value) => _registers.TryGet(register, out value);

        public bool TryReadMemory(nuint address, scoped Span<byte> destination)
        {
            // Frame data is read in words, whole or in part.
            if (destination.Length > 8 || !_memory.TryRead(address & ~(nuint)7, out nuint word))
            {
                return false;
            }

            int offset = (int)(address & 7);
            return offset + destination.Length <= 8
                && MemoryMarshal.AsBytes(new Span<nuint>(ref word)).Slice(offset, destination.Length).TryCopyTo(destination);
        }
    }
}
