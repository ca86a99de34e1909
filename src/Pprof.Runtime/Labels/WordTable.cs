using System.Runtime.InteropServices;

namespace Pprof.Labels;

/// <summary>
/// Where the words of threads are, by the id of the thread in the operating system: for machine code that runs on the thread
/// and knows nothing else of it. <c>thread_word</c> in ring.h; changed under a lock, and read without. Never freed.
/// </summary>
internal static unsafe class WordTable
{
    // THREAD_WORDS and WORD_STEPS in ring.h. The ids of threads that are there at one time are near each other.
    private const int Entries = 1 << 13;
    private const int Steps = 8;

    private static readonly Lock s_gate = new();
    private static readonly Entry* s_entries = (Entry*)NativeMemory.AllocZeroed(Entries, (nuint)sizeof(Entry));

    /// <summary>Its address.</summary>
    public static nint Address => (nint)s_entries;

    /// <summary>A thread has got its word, perhaps in the place of one that had its id. Where there is no room nobody finds it.</summary>
    public static void Add(int thread, nint word)
    {
        lock (s_gate)
        {
            Entry* entry = Find(thread);
            if (entry is null)
            {
                entry = Find(0);
            }

            if (entry is not null)
            {
                // Before the id: who finds that reads it.
                Volatile.Write(ref entry->Word, word);
                Volatile.Write(ref entry->Thread, thread);
            }

            Entry* Find(int id)
            {
                for (int i = 0; i < Steps; i++)
                {
                    Entry* at = s_entries + ((thread + i) & (Entries - 1));
                    if (at->Thread == id)
                    {
                        return at;
                    }
                }

                return null;
            }
        }
    }

    /// <summary>The thread has ended, and its word is used again.</summary>
    public static void Remove(int thread, nint word)
    {
        lock (s_gate)
        {
            for (int i = 0; i < Steps; i++)
            {
                Entry* at = s_entries + ((thread + i) & (Entries - 1));
                if (at->Thread == thread && at->Word == word)
                {
                    Volatile.Write(ref at->Thread, 0);
                }
            }
        }
    }

    private struct Entry
    {
        public nint Word;
        public int Thread;
    }
}
