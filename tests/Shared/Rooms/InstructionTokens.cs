using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace Pprof.Testing.Rooms;

/// <summary>Finds the types and members that a method's instructions name (ECMA-335 III.1.9).</summary>
internal static class InstructionTokens
{
    private const byte FirstOfTwo = 0xFE;

    // By the byte of the instruction; a second table for those that follow FirstOfTwo.
    private static readonly OperandType[] s_oneByte = OperandTypes(size: 1);
    private static readonly OperandType[] s_twoBytes = OperandTypes(size: 2);

    /// <summary>The tokens in the order of the instructions.</summary>
    public static IReadOnlyList<EntityHandle> Read(BlobReader code)
    {
        List<EntityHandle> tokens = [];
        while (code.RemainingBytes > 0)
        {
            byte first = code.ReadByte();
            switch (first == FirstOfTwo ? s_twoBytes[code.ReadByte()] : s_oneByte[first])
            {
                case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineSig or OperandType.InlineTok or OperandType.InlineType:
                    tokens.Add(MetadataTokens.EntityHandle(code.ReadInt32()));
                    break;
                case OperandType.InlineNone:
                    break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    code.Offset += sizeof(byte);
                    break;
                case OperandType.InlineVar:
                    code.Offset += sizeof(short);
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    code.Offset += sizeof(long);
                    break;
                case OperandType.InlineSwitch:
                    int targets = code.ReadInt32();
                    code.Offset += targets * sizeof(int);
                    break;
                default:
                    code.Offset += sizeof(int);
                    break;
            }
        }

        return tokens;
    }

    private static OperandType[] OperandTypes(int size)
    {
        var types = new OperandType[byte.MaxValue + 1];
        Array.Fill(types, OperandType.InlineNone);
        foreach (OpCode code in typeof(OpCodes).GetFields().Select(static field => (OpCode)field.GetValue(null)!).Where(code => code.Size == size))
        {
            types[code.Value & byte.MaxValue] = code.OperandType;
        }

        return types;
    }
}
