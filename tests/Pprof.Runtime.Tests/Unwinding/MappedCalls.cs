using Pprof.Process;

namespace Pprof.Runtime.Tests.Unwinding;

/// <summary>Code of x64 that nothing executes: calls, one after the other, in memory of their own.</summary>
internal sealed unsafe class MappedCalls : IDisposable
{
    private const int Bytes = 16384;
    private const int Distance = 16;
    private const int First = 16;
    private const int CallBytes = 5;

    private readonly byte* _memory;

    public MappedCalls()
    {
        _memory = (byte*)Libc.Map(null, Bytes, Libc.ReadWrite, Libc.PrivateAnonymous, -1, 0);
        var code = new Span<byte>(_memory, Bytes);
        code.Fill(0x90);
        for (int at = First; at < Bytes; at += Distance)
        {
            // call rel32
            code[at] = 0xe8;
            code.Slice(at + 1, 4).Clear();
        }

        if (Libc.Protect(_memory, Bytes, Libc.ReadExecute) != 0)
        {
            throw new InvalidOperationException("no executable memory");
        }
    }

    /// <summary>The number of calls.</summary>
    public static int Count => (Bytes - First) / Distance;

    /// <summary>Where call <paramref name="number"/> begins.</summary>
    public nuint Call(int number) => (nuint)_memory + (nuint)(First + (number * Distance));

    /// <summary>Where call <paramref name="number"/> returns to.</summary>
    public nuint After(int number) => Call(number) + CallBytes;

    /// <summary>An address in the same code that no call returns to.</summary>
    public nuint Between(int number) => After(number) + 4;

    public void Dispose() => Libc.Unmap(_memory, Bytes);
}
