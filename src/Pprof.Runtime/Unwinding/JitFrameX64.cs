using System.Buffers.Binary;

namespace Pprof.Unwinding;

/// <summary>
/// Tells from the instructions of a method that the just-in-time compiler made for x64 where its return address is. The
/// compiler sets up a frame in one way only (pushes, one subtraction from rsp, then rbp), so its prologue says all.
/// Encodings: Intel SDM, volume 2.
/// </summary>
internal static class JitFrameX64
{
    /// <summary>Bytes of a method's beginning that hold its prologue.</summary>
    public const int PrologueBytes = 160;

    /// <summary>Bytes from the program counter that hold the rest of an epilogue.</summary>
    public const int EpilogueBytes = 48;

    private const int Rbp = 5;

    /// <summary>
    /// The rule at <paramref name="offset"/> bytes into the method. <paramref name="following"/> are the instructions
    /// from there on for a leaf, which can be in an epilogue; empty for a caller, which never is.
    /// </summary>
    public static FrameRule RuleAt(ReadOnlySpan<byte> prologue, long offset, ReadOnlySpan<byte> following)
    {
        if (InEpilogue(following) is { } epilogue)
        {
            return epilogue;
        }

        int depth = 0;
        int savedFramePointer = -1;

        // A version that takes the place of one that runs in a loop begins with what that one has saved of its caller, stores
        // registers in its frame, and sets the frame pointer afterwards.
        bool replaces = LoadsSavedFramePointer(prologue);
        int at = replaces && offset > 0 ? 4 : 0;
        while (at < offset)
        {
            ReadOnlySpan<byte> code = prologue[Math.Min(at, prologue.Length)..];
            if (TryPush(code, out int register, out int length))
            {
                depth += 8;
                if (register == Rbp)
                {
                    savedFramePointer = depth;
                }
            }
            else if (TryStackAdjustment(code, 0xec, 0xec, out int bytes, out length))
            {
                // sub rsp, n
                depth += bytes;
            }
            else if (SetsFramePointer(code, out length))
            {
                return FrameRule.ByFramePointer with { ReturnAddressOffset = depth };
            }
            else if (IsVzeroupper(code))
            {
                length = 3;
            }
            else
            {
                // The body; or the probing of a large frame, or those stores, after which the frame pointer is set.
                if ((savedFramePointer == 8 || replaces) && FramePointerIsSetIn(code))
                {
                    return FrameRule.ByFramePointer;
                }

                break;
            }

            at += length;
        }

        return new FrameRule
        {
            Kind = FrameRuleKind.StackPointer,
            ReturnAddressOffset = depth,
            SavedFramePointerOffset = savedFramePointer < 0 ? -1 : depth - savedFramePointer,
        };
    }

    /// <summary>The rule where what follows is: adjust rsp, pop registers, return or jump to another method.</summary>
    public static FrameRule? InEpilogue(ReadOnlySpan<byte> code)
    {
        int depth = 0;
        int savedFramePointer = -1;
        bool unwound = false;
        int length;
        if (IsVzeroupper(code))
        {
            code = code[3..];
        }

        if (TryStackAdjustment(code, 0xc4, 0xc4, out int bytes, out length))
        {
            // add rsp, n
            depth += bytes;
            unwound = true;
            code = code[length..];
        }

        while (TryPop(code, out int register, out length))
        {
            if (register == Rbp)
            {
                savedFramePointer = depth;
            }

            depth += 8;
            unwound = true;
            code = code[length..];
        }

        return IsReturn(code) || (unwound && IsJump(code))
            ? new FrameRule
            {
                Kind = FrameRuleKind.StackPointer,
                ReturnAddressOffset = depth,
                SavedFramePointerOffset = savedFramePointer,
            }
            : null;
    }

    internal static bool TryPush(ReadOnlySpan<byte> code, out int register, out int length) =>
        TryRegisterInstruction(code, 0x50, out register, out length);

    private static bool TryPop(ReadOnlySpan<byte> code, out int register, out int length) =>
        TryRegisterInstruction(code, 0x58, out register, out length);

    private static bool TryRegisterInstruction(ReadOnlySpan<byte> code, byte opcode, out int register, out int length)
    {
        register = 0;
        length = 0;
        if (code.Length < 2)
        {
            return false;
        }

        int prefix = code[0] == 0x41 ? 1 : 0;
        register = code[prefix] - opcode + (prefix * 8);
        length = prefix + 1;
        return (code[prefix] & 0xf8) == opcode;
    }

    /// <summary>48 83 /m ib, or 48 81 /m id: an addition to, or a subtraction from, rsp.</summary>
    internal static bool TryStackAdjustment(ReadOnlySpan<byte> code, byte short8, byte long32, out int bytes, out int length)
    {
        bytes = 0;
        length = 0;
        if (code.Length < 7 || code[0] != 0x48)
        {
            return false;
        }

        if (code[1] == 0x83 && code[2] == short8)
        {
            bytes = (sbyte)code[3];
            length = 4;
        }
        else if (code[1] == 0x81 && code[2] == long32)
        {
            bytes = BinaryPrimitives.ReadInt32LittleEndian(code[3..]);
            length = 7;
        }

        return bytes > 0;
    }

    /// <summary>mov rax, [rbp].</summary>
    private static bool LoadsSavedFramePointer(ReadOnlySpan<byte> code) => code.StartsWith((ReadOnlySpan<byte>)[0x48, 0x8b, 0x45, 0x00]);

    /// <summary>lea rbp, [rsp+n], or mov rbp, rsp.</summary>
    private static bool SetsFramePointer(ReadOnlySpan<byte> code, out int length)
    {
        length = 0;
        if (code.Length < 8 || code[0] != 0x48)
        {
            return false;
        }

        length = (code[1], code[2], code[3]) switch
        {
            (0x8d, 0x6c, 0x24) => 5,
            (0x8d, 0xac, 0x24) => 8,
            (0x8b, 0xec, _) or (0x89, 0xe5, _) => 3,
            _ => 0,
        };
        return length > 0;
    }

    private static bool FramePointerIsSetIn(ReadOnlySpan<byte> code)
    {
        for (int i = 0; i + 8 <= code.Length; i++)
        {
            if (SetsFramePointer(code[i..], out _))
            {
                return true;
            }
        }

        return false;
    }

    internal static bool IsVzeroupper(ReadOnlySpan<byte> code) => code.StartsWith((ReadOnlySpan<byte>)[0xc5, 0xf8, 0x77]);

    private static bool IsReturn(ReadOnlySpan<byte> code) => code.Length > 0 && code[0] is 0xc3;

    private static bool IsJump(ReadOnlySpan<byte> code) =>
        code.Length > 2
        && (code[0] == 0xe9
            || (code[0] == 0xff && (code[1] & 0x38) == 0x20)
            || (code[0] is 0x48 or 0x41 && code[1] == 0xff && (code[2] & 0x38) == 0x20));
}
