using System.Buffers.Binary;
using Pprof.Process;

namespace Pprof.Unwinding;

/// <summary>
/// Tells from the first instructions of an x64 function how far its frame pointer lies above its stack pointer. Compilers
/// set up a frame by pushes, one subtraction from rsp, and rbp before or after it. Encodings: Intel SDM, volume 2.
/// </summary>
internal static class PrologueX64
{
    /// <summary>Bytes of a function's beginning that hold its prologue.</summary>
    public const int MaxBytes = 64;

    // How far a function's beginning is looked for, where no table tells.
    private const int LongestFunction = 4096;

    private const int Rbp = 5;
    private const byte PushRbp = 0x55;

    // endbr64
    private static ReadOnlySpan<byte> BranchTarget => [0xf3, 0x0f, 0x1e, 0xfa];

    /// <summary>The distance in bytes, in the body of the function; -1 where the instructions set up no frame pointer.</summary>
    public static int FramePointerOffset(ReadOnlySpan<byte> code)
    {
        int depth = 0;
        int framePointer = -1;
        bool savesFramePointer = false;
        if (code.StartsWith(BranchTarget))
        {
            code = code[BranchTarget.Length..];
        }

        while (!code.IsEmpty)
        {
            int length;
            if (JitFrameX64.TryPush(code, out int register, out length))
            {
                depth += 8;
                savesFramePointer |= register == Rbp && depth == 8;
            }
            else if (JitFrameX64.TryStackAdjustment(code, 0xec, 0xec, out int bytes, out length))
            {
                // sub rsp, n
                depth += bytes;
            }
            else if (code.StartsWith((ReadOnlySpan<byte>)[0x48, 0x89, 0xe5]) || code.StartsWith((ReadOnlySpan<byte>)[0x48, 0x8b, 0xec]))
            {
                // mov rbp, rsp
                framePointer = depth;
                length = 3;
            }
            else if (TryAddress(code, out int above, out length))
            {
                framePointer = depth - above;
            }
            else if (JitFrameX64.IsVzeroupper(code))
            {
                length = 3;
            }
            else
            {
                break;
            }

            code = code[length..];
        }

        // The caller's is saved where the frame pointer points, next to the return address.
        return savesFramePointer && framePointer == 8 ? depth - framePointer : -1;
    }

    /// <summary>
    /// The nearest beginning of a function with a frame pointer before <paramref name="address"/>; 0 where there is none
    /// near.
    /// </summary>
    public static nuint FindStart(nuint address)
    {
        Span<byte> code = stackalloc byte[LongestFunction];
        nuint from = address - LongestFunction;
        if (!ProcessMemory.TryRead(from, code))
        {
            // The first function of a region.
            from = address & ~(nuint)4095;
            code = code[..(int)(address - from)];
            if (!ProcessMemory.TryRead(from, code))
            {
                return 0;
            }
        }

        // Another push ends in the same byte: from there on the frame pointer would be in the wrong place.
        for (int at = code.LastIndexOf(PushRbp); at >= 0; at = code[..at].LastIndexOf(PushRbp))
        {
            if (FramePointerOffset(code[at..Math.Min(code.Length, at + MaxBytes)]) >= 0)
            {
                return from + (nuint)at;
            }
        }

        return 0;
    }

    /// <summary>lea rbp, [rsp+n].</summary>
    private static bool TryAddress(ReadOnlySpan<byte> code, out int above, out int length)
    {
        above = 0;
        length = 0;
        if (code.Length >= 5 && code.StartsWith((ReadOnlySpan<byte>)[0x48, 0x8d, 0x6c, 0x24]))
        {
            above = (sbyte)code[4];
            length = 5;
        }
        else if (code.Length >= 8 && code.StartsWith((ReadOnlySpan<byte>)[0x48, 0x8d, 0xac, 0x24]))
        {
            above = BinaryPrimitives.ReadInt32LittleEndian(code[4..]);
            length = 8;
        }

        return length > 0;
    }
}
