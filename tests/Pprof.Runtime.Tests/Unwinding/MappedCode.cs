using Pprof.Process;

namespace Pprof.Runtime.Tests.Unwinding;

/// <summary>A page of code that nothing executes. Before it is <see cref="Allow"/>ed it is data.</summary>
internal sealed unsafe class MappedCode : IDisposable
{
    private const int Bytes = 4096;
    private const byte Nop = 0x90;
    private const int Start = 64;

    private readonly byte* _memory;

    /// <summary>Puts <paramref name="instructions"/> into the page, with others that are no calls around them.</summary>
    public MappedCode(ReadOnlySpan<byte> instructions)
    {
        _memory = (byte*)Libc.Map(null, Bytes, Libc.ReadWrite, Libc.PrivateAnonymous, -1, 0);
        var code = new Span<byte>(_memory, Bytes);
        code.Fill(Nop);
        instructions.CopyTo(code[Start..]);
        End = (nuint)_memory + (nuint)(Start + instructions.Length);
    }

    /// <summary>The address after the instructions.</summary>
    public nuint End { get; }

    /// <summary>Makes the page executable.</summary>
    public MappedCode Allow() => Libc.Protect(_memory, Bytes, Libc.ReadExecute) == 0
        ? this
        : throw new InvalidOperationException("no executable memory");

    /// <summary>Puts other instructions in the place of those that were there.</summary>
    public void Replace(ReadOnlySpan<byte> instructions)
    {
        _ = Libc.Protect(_memory, Bytes, Libc.ReadWrite);
        instructions.CopyTo(new Span<byte>(_memory, Bytes)[Start..]);
        Allow();
    }

    public void Dispose() => Libc.Unmap(_memory, Bytes);
}
