using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace Pprof.Workloads;

/// <summary>
/// Objects of every kind, of which some stay: whoever watches allocations has to let them live and die as without. What an
/// object holds is compared when it is thrown out.
/// </summary>
internal static class MemorySoak
{
    private const int Entries = 4_000;
    private static readonly byte[]?[] s_cache = new byte[Entries][];
    private static readonly ConditionalWeakTable<object, byte[]> s_attached = [];
    private static int s_made;
    private static int s_finalized;

    /// <summary>A cache whose entries are replaced at random.</summary>
    public static void ReplaceEntries()
    {
        for (int i = 0; i < 2_000; i++)
        {
            byte[] entry = new byte[Random.Shared.Next(1, 2_000)];
            byte mark = (byte)entry.Length;
            entry[0] = entry[^1] = mark;
            if (Interlocked.Exchange(ref s_cache[Random.Shared.Next(Entries)], entry) is { } old)
                Soak.Expect(old[0] == (byte)old.Length && old[^1] == (byte)old.Length, "an entry of the cache holds something else");
        }
    }

    /// <summary>Arrays of the heap for large objects and of that for pinned ones, strings, boxes.</summary>
    public static void AllocateOfAllKinds()
    {
        byte[] large = new byte[Random.Shared.Next(90_000, 300_000)];
        byte[] pinned = GC.AllocateArray<byte>(Random.Shared.Next(100, 5_000), pinned: true);
        string text = new('x', Random.Shared.Next(1, 500));
        object number = text.Length;
        Soak.Expect(large[^1] == 0 && pinned[^1] == 0 && (int)number == text.Length && text[^1] == 'x', "an object holds something else");
    }

    /// <summary>Objects whose end somebody waits for: finalizers, weak references, keys of a table.</summary>
    public static void LetDie()
    {
        for (int i = 0; i < 200; i++)
        {
            object key = new();
            byte[] value = new byte[300];
            s_attached.Add(key, value);
            Soak.Expect(s_attached.TryGetValue(key, out byte[]? found) && found == value, "a table of weak keys lost an entry");
            GC.KeepAlive(new Mortal());
        }

        Soak.Expect(s_finalized <= s_made, $"{s_finalized} of {s_made} objects were finalized");
    }

    /// <summary>Threads that end with what they have allocated.</summary>
    public static void AllocateOnShortThreads()
    {
        for (int i = 0; i < 4; i++)
        {
            var thread = new Thread(static () => ReplaceEntries());
            thread.Start();
            thread.Join();
        }
    }

    /// <summary>Types that can be unloaded, where there are such.</summary>
    public static void UseCollectibleTypes()
    {
        if (!RuntimeFeature.IsDynamicCodeSupported)
            return;

        AssemblyBuilder assembly = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("Passing"), AssemblyBuilderAccess.RunAndCollect);
        Type type = assembly.DefineDynamicModule("Passing").DefineType("Passing", TypeAttributes.Public).CreateType();
        for (int i = 0; i < 5; i++)
            Soak.Expect(Array.CreateInstance(type, 20_000).GetType().GetElementType() == type, "an array has another type");
    }

    /// <summary>A collection of any kind.</summary>
    public static void Collect()
    {
        // The runtime tries one that compacts and does not wait again and again while another goes on in the background, which
        // with little time to run does not come to an end for minutes.
        bool blocking = Random.Shared.Next(2) == 0;
        GC.Collect(Random.Shared.Next(3), GCCollectionMode.Forced, blocking, compacting: blocking && Random.Shared.Next(2) == 0);
    }

    private sealed class Mortal
    {
        public Mortal() => Interlocked.Increment(ref s_made);

        ~Mortal() => Interlocked.Increment(ref s_finalized);
    }
}
