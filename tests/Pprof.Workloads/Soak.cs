using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Pprof.Workloads;

/// <summary>
/// Calls of all kinds that block, wait and fail when a signal is not handled well: sockets, files, child processes,
/// garbage collections, threads that come and go. Whatever fails is kept.
/// </summary>
internal static class Soak
{
    private static readonly ConcurrentQueue<string> s_failures = new();
    private static readonly object s_gate = new();
    private static long s_contended;
    private static readonly Action[] s_steps =
    [
        Socket, File, Child, Collect, Threads, Timeouts, Throw, FaultWork.RunOne, Contend,
        MemorySoak.ReplaceEntries, MemorySoak.AllocateOfAllKinds, MemorySoak.LetDie, MemorySoak.AllocateOnShortThreads,
        MemorySoak.UseCollectibleTypes, MemorySoak.Collect,
    ];

    /// <summary>What went wrong so far.</summary>
    public static IEnumerable<string> Errors => s_failures;

    /// <summary>One step, any of them.</summary>
    public static void RunOne()
    {
        Action step = s_steps[Random.Shared.Next(s_steps.Length)];
        try
        {
            step();
        }
        catch (Exception e)
        {
            s_failures.Enqueue($"{step.Method.Name}: {e}");
        }
    }

    /// <summary>Fails the step that is under way.</summary>
    public static void Expect(bool condition, string otherwise)
    {
        if (!condition)
            throw new InvalidOperationException(otherwise);
    }

    private static void Socket()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        client.Connect((IPEndPoint)listener.LocalEndpoint);
        using TcpClient server = listener.AcceptTcpClient();
        byte[] sent = new byte[64 * 1024];
        Random.Shared.NextBytes(sent);
        byte[] received = new byte[sent.Length];
        var writer = new Thread(() => client.GetStream().Write(sent));
        writer.Start();
        server.GetStream().ReadExactly(received);
        writer.Join();
        Expect(received.AsSpan().SequenceEqual(sent), "the socket carried something else");
    }

    private static void File()
    {
        string path = Path.GetTempFileName();
        try
        {
            byte[] written = new byte[256 * 1024];
            Random.Shared.NextBytes(written);
            System.IO.File.WriteAllBytes(path, written);
            Expect(System.IO.File.ReadAllBytes(path).AsSpan().SequenceEqual(written), "the file holds something else");
        }
        finally
        {
            System.IO.File.Delete(path);
        }
    }

    private static void Child()
    {
        using var child = System.Diagnostics.Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "cat; exit 7"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        child.StandardInput.Write("through the pipe");
        child.StandardInput.Close();
        Expect(child.StandardOutput.ReadToEnd() == "through the pipe", "the pipe carried something else");
        child.WaitForExit();
        Expect(child.ExitCode == 7, $"the child ended with {child.ExitCode}");
    }

    private static void Collect()
    {
        var kept = new List<byte[]>();
        for (int i = 0; i < 2_000; i++)
            kept.Add(new byte[Random.Shared.Next(16, 4096)]);

        GC.Collect(Random.Shared.Next(3));
        Expect(kept.Count == 2_000, "the list lost something");
    }

    private static void Threads()
    {
        var threads = new Thread[8];
        int ran = 0;
        for (int i = 0; i < threads.Length; i++)
        {
            threads[i] = new Thread(() => Interlocked.Increment(ref ran), maxStackSize: 128 * 1024);
            threads[i].Start();
        }

        foreach (Thread thread in threads)
            thread.Join();

        Expect(ran == threads.Length, $"{ran} of {threads.Length} threads ran");
    }

    private static void Timeouts()
    {
        var watch = Stopwatch.StartNew();
        using var never = new ManualResetEventSlim();
        Expect(!never.Wait(30), "an event that nobody set was set");
        Thread.Sleep(20);
        // The runtime measures some of its timeouts by a clock that counts in steps of 4 ms.
        Expect(watch.ElapsedMilliseconds >= 40, $"waits of 50 ms ended after {watch.ElapsedMilliseconds} ms");
    }

    private static void Contend()
    {
        long before = s_contended;
        for (int i = 0; i < 20; i++)
        {
            lock (s_gate)
            {
                s_contended++;
                Thread.SpinWait(2_000);
            }
        }

        Expect(Volatile.Read(ref s_contended) >= before + 20, "the lock let two threads in");
    }

    private static void Throw()
    {
        int caught = 0;
        for (int i = 0; i < 100; i++)
        {
            try
            {
                ThrowAt(i % 20);
            }
            catch (InvalidOperationException)
            {
                caught++;
            }
        }

        Expect(caught == 100, $"{caught} of 100 exceptions were caught");
    }

    private static void ThrowAt(int depth)
    {
        if (depth == 0)
            throw new InvalidOperationException("as planned");

        ThrowAt(depth - 1);
    }
}
