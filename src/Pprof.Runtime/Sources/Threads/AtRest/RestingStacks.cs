using System.Runtime.InteropServices;
using Pprof.Process;
using Pprof.Profiles;
using Pprof.Unwinding;

namespace Pprof.Sources.Threads.AtRest;

/// <summary>
/// Finds the stacks of threads that wait in the kernel: it tells their stack pointer and program counter, and the stack is
/// copied through it. Nobody is suspended, so a stack counts only where its thread has not run meanwhile. Not safe for
/// concurrent use.
/// </summary>
internal sealed class RestingStacks(StackUnwinder unwinder)
{
    // A copy begins with as much as most stacks have, and is made again eight times as large where one goes on.
    private const int FirstWords = 1024;
    private const int Growth = 8;
    private const int MaxWords = FirstWords * Growth * Growth * Growth;

    // A thread that never stays at rest for the time of a copy is as good as running.
    private const int MaxAttempts = 8;

    private nuint[] _words = new nuint[FirstWords];

    /// <summary>Writes the stack of a thread to <paramref name="frames"/>, leaf first.</summary>
    /// <param name="systemId">The thread.</param>
    /// <param name="frames">Takes the frames, as <see cref="StackUnwinder.Unwind"/> does.</param>
    /// <param name="count">The number of frames, where the thread is at rest.</param>
    /// <returns>Whether there is a stack, or why not.</returns>
    public ThreadRestState Read(int systemId, Span<nuint> frames, out int count)
    {
        count = 0;
        using var call = new TaskFile(systemId, "syscall"u8);
        using var runs = new TaskFile(systemId, "schedstat"u8);
        int wanted = FirstWords;
        for (int attempt = 0; attempt < MaxAttempts; attempt++)
        {
            ThreadRest rest = TryCopy(in call, in runs, wanted, out int words);
            if (rest.State != ThreadRestState.AtRest)
            {
                return rest.State;
            }

            if (words < 0)
            {
                // It has run.
                continue;
            }

            var registers = new RegisterState { Sp = rest.Sp };
            var memory = new StackMemory(rest.Sp, _words.AsSpan(0, words), isCut: words == wanted);
            count = unwinder.Unwind(in registers, rest.Pc, in memory, frames);
            if (frames[count - 1] != (nuint)PseudoFrame.TruncatedStack || count == frames.Length || words < wanted || wanted == MaxWords)
            {
                return ThreadRestState.AtRest;
            }

            wanted *= Growth;
        }

        return ThreadRestState.Running;
    }

    /// <summary>Copies the stack; to less than no words where the thread has run meanwhile.</summary>
    private ThreadRest TryCopy(in TaskFile call, in TaskFile runs, int wanted, out int words)
    {
        Span<byte> runsBefore = stackalloc byte[128];
        Span<byte> runsAfter = stackalloc byte[128];
        Span<byte> before = stackalloc byte[256];
        Span<byte> after = stackalloc byte[256];
        words = -1;

        ReadOnlySpan<byte> started = runs.Read(runsBefore);
        ReadOnlySpan<byte> line = call.Read(before);
        ThreadRest rest = call.IsRefused || runs.IsRefused ? default : ThreadRest.Parse(line);
        if (rest.State != ThreadRestState.AtRest)
        {
            return rest;
        }

        if (_words.Length < wanted)
        {
            _words = new nuint[wanted];
        }

        int copied = ProcessMemory.ReadAvailable(rest.Sp, MemoryMarshal.AsBytes(_words.AsSpan(0, wanted))) / sizeof(ulong);

        // The same call of the same place twice may be two. The number of times that the thread was given a processor tells.
        if (call.Read(after).SequenceEqual(line) && !started.IsEmpty && runs.Read(runsAfter).SequenceEqual(started))
        {
            words = copied;
        }

        return rest;
    }
}
