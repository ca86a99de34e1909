using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Pprof.Unwinding.Dwarf;

/// <summary>The frame that a DWARF expression is computed in.</summary>
internal interface IDwarfFrame
{
    /// <summary>The value of the register with DWARF number <paramref name="register"/>; false where it is not known.</summary>
    bool TryReadRegister(int register, out nuint value);

    /// <summary>Fills <paramref name="destination"/> from <paramref name="address"/>; false where it cannot be read.</summary>
    bool TryReadMemory(nuint address, scoped Span<byte> destination);
}

/// <summary>Computes DWARF expressions (DWARF 5, section 2.5): those that call frame information uses.</summary>
internal static class DwarfExpression
{
    private const int StackSize = 32;

    // Branches can go backward: what takes longer than this is a loop.
    private const int MaxOperations = 512;

    /// <summary>
    /// Computes <paramref name="expression"/>. A rule of a register begins with the CFA on the stack, a rule of the CFA
    /// with an empty one (<paramref name="initial"/> null). False where the expression is malformed, runs too long or
    /// needs what <paramref name="frame"/> does not know.
    /// </summary>
    public static bool TryEvaluate<TFrame>(ReadOnlySpan<byte> expression, nuint? initial, ref TFrame frame, out nuint result)
        where TFrame : IDwarfFrame, allows ref struct
    {
        result = 0;
        var stack = default(OperandStack);
        if (initial is { } first)
        {
            stack.Push(first);
        }

        var reader = new DwarfReader(expression);
        for (int i = 0; !reader.AtEnd; i++)
        {
            if (i == MaxOperations || !TryExecute(ref reader, ref stack, ref frame) || reader.Failed || stack.Failed)
            {
                return false;
            }
        }

        result = stack.Pop();
        return !stack.Failed;
    }

    private static bool TryExecute<TFrame>(ref DwarfReader reader, ref OperandStack stack, ref TFrame frame)
        where TFrame : IDwarfFrame, allows ref struct
    {
        var operation = (DwarfOperation)reader.ReadByte();
        switch (operation)
        {
            case >= DwarfOperation.Literal0 and <= DwarfOperation.Literal31:
                stack.Push((nuint)(operation - DwarfOperation.Literal0));
                return true;
            case >= DwarfOperation.BaseRegister0 and <= DwarfOperation.BaseRegister31:
                return TryPushRegister(operation - DwarfOperation.BaseRegister0, ref reader, ref stack, ref frame);
            case DwarfOperation.BaseRegister:
                return TryPushRegister((int)Math.Min(reader.ReadUnsigned(), int.MaxValue), ref reader, ref stack, ref frame);
            case DwarfOperation.Dereference:
                return TryDereference(sizeof(ulong), ref stack, ref frame);
            case DwarfOperation.DereferenceSize:
                return TryDereference(reader.ReadByte(), ref stack, ref frame);
            case DwarfOperation.Skip:
                reader.Skip((short)reader.ReadUInt16());
                return true;
            case DwarfOperation.Branch:
                short distance = (short)reader.ReadUInt16();
                if (stack.Pop() != 0)
                {
                    reader.Skip(distance);
                }

                return true;
            default:
                return TryPushConstant(operation, ref reader, ref stack) || TryCompute(operation, ref reader, ref stack);
        }
    }

    private static bool TryPushRegister<TFrame>(int register, ref DwarfReader reader, ref OperandStack stack, ref TFrame frame)
        where TFrame : IDwarfFrame, allows ref struct
    {
        long offset = reader.ReadSigned();
        if (!frame.TryReadRegister(register, out nuint value))
        {
            return false;
        }

        stack.Push(value + (nuint)offset);
        return true;
    }

    private static bool TryDereference<TFrame>(int size, ref OperandStack stack, ref TFrame frame)
        where TFrame : IDwarfFrame, allows ref struct
    {
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        word.Clear();
        nuint address = stack.Pop();
        if (size is < 1 or > sizeof(ulong) || stack.Failed || !frame.TryReadMemory(address, word[..size]))
        {
            return false;
        }

        stack.Push((nuint)BinaryPrimitives.ReadUInt64LittleEndian(word));
        return true;
    }

    private static bool TryPushConstant(DwarfOperation operation, ref DwarfReader reader, ref OperandStack stack)
    {
        switch (operation)
        {
            case DwarfOperation.Address or DwarfOperation.Constant8Unsigned or DwarfOperation.Constant8Signed:
                stack.Push((nuint)reader.ReadUInt64());
                return true;
            case DwarfOperation.Constant1Unsigned:
                stack.Push(reader.ReadByte());
                return true;
            case DwarfOperation.Constant1Signed:
                stack.Push((nuint)(nint)(sbyte)reader.ReadByte());
                return true;
            case DwarfOperation.Constant2Unsigned:
                stack.Push(reader.ReadUInt16());
                return true;
            case DwarfOperation.Constant2Signed:
                stack.Push((nuint)(nint)(short)reader.ReadUInt16());
                return true;
            case DwarfOperation.Constant4Unsigned:
                stack.Push(reader.ReadUInt32());
                return true;
            case DwarfOperation.Constant4Signed:
                stack.Push((nuint)(nint)(int)reader.ReadUInt32());
                return true;
            case DwarfOperation.ConstantUnsigned:
                stack.Push((nuint)reader.ReadUnsigned());
                return true;
            case DwarfOperation.ConstantSigned:
                stack.Push((nuint)reader.ReadSigned());
                return true;
            default:
                return false;
        }
    }

    private static bool TryCompute(DwarfOperation operation, ref DwarfReader reader, ref OperandStack stack)
    {
        switch (operation)
        {
            case DwarfOperation.Nop:
                return true;
            case DwarfOperation.Drop:
                stack.Pop();
                return true;
            case DwarfOperation.Duplicate:
                stack.Push(stack.Peek(0));
                return true;
            case DwarfOperation.Over:
                stack.Push(stack.Peek(1));
                return true;
            case DwarfOperation.Pick:
                stack.Push(stack.Peek(reader.ReadByte()));
                return true;
            case DwarfOperation.Rotate:
                nuint top = stack.Pop();
                nuint second = stack.Pop();
                nuint third = stack.Pop();
                stack.Push(top);
                stack.Push(third);
                stack.Push(second);
                return true;
            case DwarfOperation.Absolute:
                nint signed = (nint)stack.Pop();
                stack.Push((nuint)(signed < 0 ? -signed : signed));
                return true;
            case DwarfOperation.Negate:
                stack.Push((nuint)(-(nint)stack.Pop()));
                return true;
            case DwarfOperation.Not:
                stack.Push(~stack.Pop());
                return true;
            case DwarfOperation.PlusConstant:
                stack.Push(stack.Pop() + (nuint)reader.ReadUnsigned());
                return true;
            default:
                return TryComputeBinary(operation, ref stack);
        }
    }

    private static bool TryComputeBinary(DwarfOperation operation, ref OperandStack stack)
    {
        nuint right = stack.Pop();
        nuint left = stack.Pop();
        if (operation == DwarfOperation.Swap)
        {
            stack.Push(right);
            stack.Push(left);
            return true;
        }

        nint signedRight = (nint)right;
        nint signedLeft = (nint)left;
        int shift = (int)Math.Min(right, 64);
        switch (operation)
        {
            case DwarfOperation.Divide or DwarfOperation.Modulo when right == 0:
                return false;
            case DwarfOperation.Divide when signedRight == -1:
                // The lowest number divided by -1 overflows, and throws.
                stack.Push((nuint)(-signedLeft));
                return true;
        }

        nuint? value = operation switch
        {
            DwarfOperation.And => left & right,
            DwarfOperation.Or => left | right,
            DwarfOperation.ExclusiveOr => left ^ right,
            DwarfOperation.Plus => left + right,
            DwarfOperation.Minus => left - right,
            DwarfOperation.Multiply => left * right,
            DwarfOperation.Divide => (nuint)(signedLeft / signedRight),
            DwarfOperation.Modulo => left % right,
            DwarfOperation.ShiftLeft => shift == 64 ? 0 : left << shift,
            DwarfOperation.ShiftRight => shift == 64 ? 0 : left >> shift,
            DwarfOperation.ShiftRightArithmetic => (nuint)(signedLeft >> Math.Min(shift, 63)),
            DwarfOperation.Equal => Flag(signedLeft == signedRight),
            DwarfOperation.NotEqual => Flag(signedLeft != signedRight),
            DwarfOperation.Greater => Flag(signedLeft > signedRight),
            DwarfOperation.GreaterOrEqual => Flag(signedLeft >= signedRight),
            DwarfOperation.Less => Flag(signedLeft < signedRight),
            DwarfOperation.LessOrEqual => Flag(signedLeft <= signedRight),
            _ => null,
        };
        if (value is not { } result)
        {
            return false;
        }

        stack.Push(result);
        return true;
    }

    private static nuint Flag(bool value) => value ? 1u : 0;

    /// <summary>A stack that yields zeros when it is empty, and says so.</summary>
    private struct OperandStack
    {
        private Slots _slots;
        private int _count;

        public bool Failed { get; private set; }

        public void Push(nuint value)
        {
            if (_count == StackSize)
            {
                Failed = true;
                return;
            }

            _slots[_count++] = value;
        }

        public nuint Pop()
        {
            nuint value = Peek(0);
            _count = Math.Max(0, _count - 1);
            return value;
        }

        public nuint Peek(int depth)
        {
            if (depth >= _count)
            {
                Failed = true;
                return 0;
            }

            return _slots[_count - 1 - depth];
        }
    }

    [InlineArray(StackSize)]
    private struct Slots
    {
        private nuint _first;
    }
}
