using System.Diagnostics;
using System.IO.Pipes;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Pprof.Collectors.Goroutine;
using Pprof.Profiles;
using Pprof.Symbols;

namespace Pprof.Runtime.Tests.Collectors.Goroutine;

/// <summary>
/// Threads that stand still in every way that there is, each in a method of its own. A program that is compiled ahead of time
/// has them too.
/// </summary>
internal sealed partial class KnownThreads : IDisposable
{
    private const int Depth = 3000;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly object _monitor = new();
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _semaphore = new(0);
    private readonly ManualResetEvent _event = new(initialState: false);
    private readonly ManualResetEventSlim _slimEvent = new();
    private readonly TaskCompletionSource<int> _task = new();
    private readonly Socket _listener = new(SocketType.Stream, ProtocolType.Tcp);
    private readonly Socket _receiver = new(SocketType.Dgram, ProtocolType.Udp);
    private readonly AnonymousPipeServerStream _pipe = new(PipeDirection.Out);
    private readonly AnonymousPipeClientStream _pipeEnd;
    private readonly List<Thread> _threads = [];
    private readonly (string Method, string State, Action<KnownThreads> Wait)[] _all =
    [
        (nameof(EnterMonitor), "Monitor.Enter", static known => known.EnterMonitor()),
        (nameof(EnterLock), "Lock.Enter", static known => known.EnterLock()),
        (nameof(WaitForMonitor), "Monitor.Wait", static known => known.WaitForMonitor()),
        (nameof(Sleep), "Thread.Sleep", static known => known.Sleep()),
        (nameof(WaitForSemaphore), "SemaphoreSlim.Wait", static known => known.WaitForSemaphore()),
        (nameof(WaitForEvent), "WaitHandle.WaitOne", static known => known.WaitForEvent()),
        (nameof(WaitForSlimEvent), "ManualResetEventSlim.Wait", static known => known.WaitForSlimEvent()),
        (nameof(WaitForTask), "Task.Wait", static known => known.WaitForTask()),
        (nameof(TakeResult), "TaskAwaiter.GetResult", static known => known.TakeResult()),
        (nameof(JoinThread), "Thread.Join", static known => known.JoinThread()),
        (nameof(Accept), "IO wait", static known => known.Accept()),
        (nameof(Receive), "IO wait", static known => known.Receive()),
        (nameof(ReadPipe), "IO wait", static known => known.ReadPipe()),
        (nameof(SleepInNativeCode), "syscall", static known => known.SleepInNativeCode()),
        (nameof(Spin), "running", static known => known.Spin()),
        (nameof(Recurse), "Thread.Sleep", static known => known.Recurse(Depth)),
    ];

    private volatile bool _ends;

    /// <summary>Starts the threads.</summary>
    public KnownThreads()
    {
        _pipeEnd = new AnonymousPipeClientStream(PipeDirection.In, _pipe.ClientSafePipeHandle);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _receiver.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var held = new ManualResetEventSlim();
        Start("known holder", _ => Hold(held));
        held.Wait();
        for (int i = 0; i < _all.Length; i++)
        {
            Action<KnownThreads> wait = _all[i].Wait;
            Start($"known {i}", known => known.Call(wait));
        }
    }

    /// <summary>
    /// A line for each: its method, and <c>ok</c> or what is wrong. Threads get where they are to stand some time after they
    /// were started.
    /// </summary>
    /// <param name="collector">Who looks; null for the one that a service has.</param>
    /// <param name="maxFrames">The innermost frames of a stack that it keeps.</param>
    public List<string> Check(GoroutineProfileCollector? collector = null, int maxFrames = int.MaxValue)
    {
        collector ??= new GoroutineProfileCollector();
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            Profile profile = ProfileShape.Counting("goroutine").NewProfile();
            collector.FillAsync(profile, CancellationToken.None).GetAwaiter().GetResult();
            var symbolizer = Symbolizer.Create();
            List<string> lines = [.. _all.Select((known, i) => $"{known.Method}: {Check(profile, symbolizer, $"known {i}", known.Method, known.State, maxFrames)}")];
            if (lines.TrueForAll(line => line.EndsWith(": ok", StringComparison.Ordinal)) || Stopwatch.GetElapsedTime(start) > s_patience / 3)
            {
                return lines;
            }
        }
    }

    /// <summary>Ends the threads.</summary>
    public void Dispose()
    {
        _ends = true;
        _event.Set();
        _slimEvent.Set();
        _semaphore.Release();
        _task.TrySetResult(1);
        _listener.Dispose();
        _receiver.Dispose();
        _pipe.Dispose();
        foreach (Thread thread in _threads)
        {
            thread.Interrupt();
            thread.Join(s_patience);
        }

        _pipeEnd.Dispose();
        _event.Dispose();
    }

    private static string Check(Profile profile, Symbolizer symbolizer, string name, string method, string state, int maxFrames)
    {
        ProfileThread? thread = profile.Threads.Find(thread => thread.Name == name);
        if (thread is null)
        {
            return "no such thread";
        }

        List<string> stack = [.. profile.Samples.Stack(thread.Sample).ToArray().Select(address => symbolizer.Resolve(address)?.Name ?? "?")];
        bool isCut = method == nameof(Recurse) && maxFrames < Depth;
        int at = stack.FindLastIndex(frame => Is(frame, method));
        bool isWhole = isCut
            ? profile.Samples.Stack(thread.Sample)[^1] == (nuint)PseudoFrame.TruncatedStack && stack.Count(frame => Is(frame, method)) > maxFrames / 2
            : at >= 0
                && at + 2 < stack.Count
                && (Is(stack[at + 1], nameof(Call)) || Is(stack[at + 2], nameof(Call)))
                && (method != nameof(Recurse) || stack.Count(frame => Is(frame, method)) == Depth)
                && stack[^1].Contains("System.Threading.", StringComparison.Ordinal);
        return isWhole
            && (thread.State == state || (state == "running" && thread.State == "runnable"))
            && thread.IsManaged
                ? "ok"
                : $"{thread.State}, {string.Join(" < ", stack.Take(20))} … {string.Join(" < ", stack.TakeLast(4))}";
    }

    private static bool Is(string frame, string method) =>
        frame.Split('(')[0].EndsWith($"{nameof(KnownThreads)}.{method}", StringComparison.Ordinal);

    private void Start(string name, Action<KnownThreads> body)
    {
        var thread = new Thread(
            () =>
            {
                try
                {
                    body(this);
                }
                catch (Exception e) when (e is ThreadInterruptedException or SocketException or ObjectDisposedException)
                {
                    // It is over.
                }
            },
            8 * 1024 * 1024)
        {
            IsBackground = true,
            Name = name,
        };
        _threads.Add(thread);
        thread.Start();
    }

    private void Hold(ManualResetEventSlim held)
    {
        lock (_monitor)
        {
            lock (_lock)
            {
                held.Set();
                _event.WaitOne();
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Call(Action<KnownThreads> wait)
    {
        wait(this);
        GC.KeepAlive(this);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void EnterMonitor()
    {
        lock (_monitor)
        {
            GC.KeepAlive(this);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void EnterLock()
    {
        lock (_lock)
        {
            GC.KeepAlive(this);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WaitForMonitor()
    {
        lock (_semaphore)
        {
            Monitor.Wait(_semaphore);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Sleep()
    {
        Thread.Sleep(Timeout.Infinite);
        GC.KeepAlive(this);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WaitForSemaphore()
    {
        _semaphore.Wait();
        GC.KeepAlive(this);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WaitForEvent()
    {
        _event.WaitOne();
        GC.KeepAlive(this);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WaitForSlimEvent()
    {
        _slimEvent.Wait();
        GC.KeepAlive(this);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WaitForTask()
    {
        _task.Task.Wait();
        GC.KeepAlive(this);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void TakeResult()
    {
        _task.Task.GetAwaiter().GetResult();
        GC.KeepAlive(this);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void JoinThread()
    {
        _threads[0].Join();
        GC.KeepAlive(this);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Accept()
    {
        _listener.Accept();
        GC.KeepAlive(this);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Receive()
    {
        _receiver.Receive(new byte[1]);
        GC.KeepAlive(this);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ReadPipe()
    {
        _ = _pipeEnd.ReadByte();
        GC.KeepAlive(this);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void SleepInNativeCode()
    {
        while (!_ends)
        {
            _ = MicroSleep(500_000);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Spin()
    {
        while (!_ends)
        {
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Recurse(int depth)
    {
        if (depth == 1)
        {
            Thread.Sleep(Timeout.Infinite);
        }
        else
        {
            Recurse(depth - 1);
        }

        GC.KeepAlive(this);
    }

    [LibraryImport("libc", EntryPoint = "usleep")]
    private static partial int MicroSleep(uint microseconds);
}
