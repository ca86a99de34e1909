using System.Runtime.InteropServices;

namespace Pprof.Labels;

/// <summary>
/// Words of native memory, one for each thread that has had labels. A signal handler may read a word after its thread is
/// gone, so the memory is used again but never unmapped.
/// </summary>
internal static unsafe class LabelWords
{
    // A cache line for each: its thread writes it at every change of context.
    private const int Stride = 64;
    private const int WordsOfBlock = 64;

    private static readonly Lock s_gate = new();
    private static readonly Stack<nint> s_free = [];

    /// <summary>Gives a word, whose value is 0.</summary>
    /// <exception cref="OutOfMemoryException">There is no memory.</exception>
    public static nint Take()
    {
        lock (s_gate)
        {
            if (s_free.Count == 0)
            {
                byte* block = (byte*)NativeMemory.AlignedAlloc(WordsOfBlock * Stride, Stride);
                new Span<byte>(block, WordsOfBlock * Stride).Clear();
                for (int i = WordsOfBlock - 1; i >= 0; i--)
                {
                    s_free.Push((nint)(block + (i * Stride)));
                }
            }

            return s_free.Pop();
        }
    }

    /// <summary>Takes a word back.</summary>
    public static void Return(nint word)
    {
        Write(word, 0);
        lock (s_gate)
        {
            s_free.Push(word);
        }
    }

    /// <summary>Sets a word.</summary>
    public static void Write(nint word, long value) => Volatile.Write(ref *(long*)word, value);
}
