using Pprof.Unwinding;

namespace Pprof.Runtime.Tests.Unwinding;

/// <summary>A stack of words at addresses that hold nothing, and the frames that are found on it.</summary>
internal sealed class BuiltStack(int words)
{
    /// <summary>Address of the first word.</summary>
    public const nuint Start = 0x10000;

    private readonly nuint[] _words = new nuint[words];

    /// <summary>The word at <paramref name="address"/>.</summary>
    public nuint this[nuint address]
    {
        set => _words[(address - Start) / 8] = value;
    }

    /// <summary>Pairs above what was copied.</summary>
    public nuint[] Chain { get; init; } = [];

    /// <summary>Whether the stack goes on above what was copied.</summary>
    public bool IsCut { get; init; }

    /// <summary>Whether the chain goes on above <see cref="Chain"/>.</summary>
    public bool IsChainCut { get; init; }

    /// <summary>Puts a frame at <paramref name="address"/>, which a frame pointer points at. Returns the address.</summary>
    public nuint Frame(nuint address, nuint next, nuint returnAddress)
    {
        this[address] = next;
        this[address + 8] = returnAddress;
        return address;
    }

    /// <summary>The frames of a thread whose stack pointer is <see cref="Start"/>.</summary>
    public nuint[] Unwind(nuint pc, nuint? framePointer = null, int limit = StackUnwinder.MaxFrames)
    {
        var frames = new nuint[limit + 1];
        int count = Unwind(new StackUnwinder(), pc, framePointer, frames);
        return frames[..count];
    }

    /// <summary>Writes them to <paramref name="frames"/>. Returns their number.</summary>
    public int Unwind(StackUnwinder unwinder, nuint pc, nuint? framePointer, Span<nuint> frames)
    {
        var registers = new RegisterState { Sp = Start };
        if (framePointer is { } known)
        {
            registers.Fp = known;
        }

        return unwinder.Unwind(in registers, pc, new StackMemory(Start, _words, Chain, IsCut, IsChainCut), frames);
    }
}
