using System.Runtime.CompilerServices;

namespace Pprof.Unwinding.Dwarf;

/// <summary>Executes call frame instructions (DWARF 5, section 6.4.2) up to a program counter.</summary>
internal static class CallFrameProgram
{
    // Compilers nest remember_state once or twice.
    private const int MaxRemembered = 8;

    /// <summary>
    /// Executes the instructions from <paramref name="start"/> to <paramref name="limit"/> on <paramref name="row"/>,
    /// whose <see cref="UnwindRow.Start"/> is the location to begin with, and ends with the row of
    /// <paramref name="pc"/>. <paramref name="initial"/> has the rules that DW_CFA_restore goes back to.
    /// </summary>
    [SkipLocalsInit]
    public static bool TryExecute(
        ReadOnlySpan<byte> data,
        nuint address,
        in CommonInformationEntry common,
        int start,
        int limit,
        nuint pc,
        in UnwindRow initial,
        ref UnwindRow row)
    {
        Span<UnwindRow> remembered = stackalloc UnwindRow[MaxRemembered];
        int rememberedCount = 0;
        var reader = new DwarfReader(data[..limit], start);
        while (!reader.AtEnd)
        {
            byte code = reader.ReadByte();
            nuint next = row.Start;
            int operand = code & 0x3f;
            switch ((CallFrameInstruction)(code & 0xc0))
            {
                case CallFrameInstruction.AdvanceLocation:
                    next += (nuint)((ulong)operand * common.CodeAlignment);
                    break;
                case CallFrameInstruction.Offset:
                    row.Set((ulong)operand, AtOffset((long)reader.ReadUnsigned() * common.DataAlignment));
                    continue;
                case CallFrameInstruction.Restore:
                    row.Set((ulong)operand, initial[operand]);
                    continue;
                default:
                    switch ((CallFrameInstruction)code)
                    {
                        case CallFrameInstruction.SetLocation:
                            next = common.CodePointers.Read(ref reader, address, 0);
                            break;
                        case CallFrameInstruction.AdvanceLocation1:
                            next += (nuint)(reader.ReadByte() * common.CodeAlignment);
                            break;
                        case CallFrameInstruction.AdvanceLocation2:
                            next += (nuint)(reader.ReadUInt16() * common.CodeAlignment);
                            break;
                        case CallFrameInstruction.AdvanceLocation4:
                            next += (nuint)(reader.ReadUInt32() * common.CodeAlignment);
                            break;
                        case CallFrameInstruction.RememberState when rememberedCount < MaxRemembered:
                            remembered[rememberedCount++] = row;
                            continue;
                        case CallFrameInstruction.RestoreState when rememberedCount > 0:
                            nuint location = row.Start;
                            row = remembered[--rememberedCount];
                            row.Start = location;
                            continue;
                        case var instruction:
                            if (!TryChangeRule(instruction, ref reader, common, initial, ref row))
                            {
                                return false;
                            }

                            continue;
                    }

                    break;
            }

            if (reader.Failed)
            {
                return false;
            }

            if (next > pc)
            {
                row.Limit = next;
                return true;
            }

            row.Start = next;
        }

        return !reader.Failed;
    }

    private static bool TryChangeRule(
        CallFrameInstruction instruction,
        ref DwarfReader reader,
        in CommonInformationEntry common,
        in UnwindRow initial,
        ref UnwindRow row)
    {
        ulong register;
        switch (instruction)
        {
            case CallFrameInstruction.Nop:
                break;
            case CallFrameInstruction.OffsetExtended:
                register = reader.ReadUnsigned();
                row.Set(register, AtOffset((long)reader.ReadUnsigned() * common.DataAlignment));
                break;
            case CallFrameInstruction.OffsetExtendedSigned:
                register = reader.ReadUnsigned();
                row.Set(register, AtOffset(reader.ReadSigned() * common.DataAlignment));
                break;
            case CallFrameInstruction.GnuNegativeOffsetExtended:
                register = reader.ReadUnsigned();
                row.Set(register, AtOffset(-(long)reader.ReadUnsigned() * common.DataAlignment));
                break;
            case CallFrameInstruction.ValueOffset:
                register = reader.ReadUnsigned();
                row.Set(register, new(UnwindRuleKind.ValueOffset, 0, (long)reader.ReadUnsigned() * common.DataAlignment));
                break;
            case CallFrameInstruction.ValueOffsetSigned:
                register = reader.ReadUnsigned();
                row.Set(register, new(UnwindRuleKind.ValueOffset, 0, reader.ReadSigned() * common.DataAlignment));
                break;
            case CallFrameInstruction.RestoreExtended:
                register = reader.ReadUnsigned();
                row.Set(register, initial[(int)Math.Min(register, int.MaxValue)]);
                break;
            case CallFrameInstruction.Undefined:
                row.Set(reader.ReadUnsigned(), new(UnwindRuleKind.Undefined));
                break;
            case CallFrameInstruction.SameValue:
                row.Set(reader.ReadUnsigned(), default);
                break;
            case CallFrameInstruction.Register:
                register = reader.ReadUnsigned();
                row.Set(register, new(UnwindRuleKind.Register, NumberOf(reader.ReadUnsigned())));
                break;
            case CallFrameInstruction.Expression:
                register = reader.ReadUnsigned();
                row.Set(register, ExpressionOf(UnwindRuleKind.Expression, ref reader));
                break;
            case CallFrameInstruction.ValueExpression:
                register = reader.ReadUnsigned();
                row.Set(register, ExpressionOf(UnwindRuleKind.ValueExpression, ref reader));
                break;
            case CallFrameInstruction.DefineCfa:
                register = reader.ReadUnsigned();
                row.Cfa = new(UnwindRuleKind.Register, NumberOf(register), (long)reader.ReadUnsigned());
                break;
            case CallFrameInstruction.DefineCfaSigned:
                register = reader.ReadUnsigned();
                row.Cfa = new(UnwindRuleKind.Register, NumberOf(register), reader.ReadSigned() * common.DataAlignment);
                break;
            case CallFrameInstruction.DefineCfaRegister:
                row.Cfa = new(UnwindRuleKind.Register, NumberOf(reader.ReadUnsigned()), row.Cfa.Offset);
                break;
            case CallFrameInstruction.DefineCfaOffset:
                row.Cfa = row.Cfa with { Offset = (long)reader.ReadUnsigned() };
                break;
            case CallFrameInstruction.DefineCfaOffsetSigned:
                row.Cfa = row.Cfa with { Offset = reader.ReadSigned() * common.DataAlignment };
                break;
            case CallFrameInstruction.DefineCfaExpression:
                row.Cfa = ExpressionOf(UnwindRuleKind.Expression, ref reader);
                break;
            case CallFrameInstruction.Aarch64NegateReturnAddressState:
            case CallFrameInstruction.Aarch64NegateReturnAddressStateWithPc:
                row.IsReturnAddressSigned = !row.IsReturnAddressSigned;
                break;
            case CallFrameInstruction.GnuArgumentsSize:
                reader.ReadUnsigned();
                break;
            default:
                return false;
        }

        return !reader.Failed;
    }

    private static UnwindRule AtOffset(long offset) => new(UnwindRuleKind.Offset, 0, offset);

    private static UnwindRule ExpressionOf(UnwindRuleKind kind, ref DwarfReader reader)
    {
        int start = reader.ReadBlock(out int length);
        return new(kind, length, start);
    }

    private static int NumberOf(ulong register) => (int)Math.Min(register, int.MaxValue);
}
