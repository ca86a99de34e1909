using System.Reflection;
using Pprof.Profiles;
using Pprof.Sources.EventPipe;
using Pprof.Sources.Waits;
using Pprof.Symbols;
using Pprof.Symbols.Managed;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.Waits;

/// <summary>Stacks as names, leaf first, and what the thread waits for.</summary>
public sealed class WaitClassifierTests
{
    // This package's own, which are known by their methods.
    private static readonly Dictionary<string, MethodBase> s_own = new()
    {
        ["mark"] = typeof(EventSession).GetMethod(nameof(EventSession.WaitForMark))!,
        ["watch"] = typeof(EventWatch).GetMethod(nameof(EventWatch.UpdateAsync))!,
        ["add"] = typeof(CustomProfile).GetMethods().First(static method => method.Name == nameof(CustomProfile.Add)),
    };

    private static readonly MethodBase s_runtimes = typeof(object).GetMethod(nameof(ToString))!;

    private static readonly MethodBase s_applications = typeof(WaitClassifierTests).GetMethod(nameof(StackTellsWhatItsThreadWaitsFor))!;

    /// <summary>The kinds; <c>none</c> where it is the application's but of no kind, <c>idle</c> where it is not.</summary>
    public static TheoryData<string, string> Stacks => new()
    {
        { "lock", "System.Threading.Monitor.Enter App.Run" },
        { "lock", "System.Threading.Lock.EnterAndGetCurrentThreadId System.Threading.Lock.Enter App.Run" },
        { "lock", "System.Threading.WaitHandle.WaitOneNoCheck System.Threading.Lock.TryEnterSlow App.Run" },
        { "monitor-wait", "System.Threading.Monitor.ObjWait System.Threading.Monitor.Wait App.Run" },
        { "monitor-wait", "System.Threading.Monitor.Wait App.Run" },
        { "event", "System.Threading.Monitor.Wait System.Threading.ManualResetEventSlim.Wait App.Run" },
        { "event", "System.Threading.ManualResetEventSlim.Wait System.Threading.CountdownEvent.Wait App.Run" },
        { "event", "System.Threading.ManualResetEventSlim.Wait System.Threading.Barrier.SignalAndWait App.Run" },
        { "wait-handle", "System.Threading.WaitHandle.WaitOneNoCheck System.Threading.WaitHandle.WaitOne App.Run" },
        { "wait-handle", "System.Threading.WaitHandle.WaitMultiple App.Run" },
        { "semaphore", "System.Threading.Monitor.Wait System.Threading.SemaphoreSlim.WaitUntilCountOrTimeout System.Threading.SemaphoreSlim.Wait App.Run" },
        { "semaphore", "System.Threading.Monitor.Wait System.Threading.SemaphoreSlim.Wait System.Collections.Concurrent.BlockingCollection`1.TryTake App.Run" },
        { "reader-writer-lock", "System.Threading.WaitHandle.WaitOne System.Threading.ReaderWriterLockSlim.TryEnterReadLockCore App.Run" },
        { "thread-join", "System.Threading.Thread.Join App.Run" },
        { "sync-over-async", "System.Threading.Monitor.Wait System.Threading.ManualResetEventSlim.Wait System.Threading.Tasks.Task.SpinThenBlockingWait System.Threading.Tasks.Task.InternalWaitCore App.Run" },
        { "sync-over-async", "System.Threading.ManualResetEventSlim.Wait System.Threading.Tasks.Task.InternalWaitCore System.Runtime.CompilerServices.TaskAwaiter.HandleNonSuccess App.Run" },
        { "sync-over-async", "System.Threading.ManualResetEventSlim.Wait System.Threading.Tasks.Task.WaitAllCore App.Run" },
        { "parallel", "System.Threading.ManualResetEventSlim.Wait System.Threading.Tasks.Task.InternalWait System.Threading.Tasks.TaskReplicator.Run System.Threading.Tasks.Parallel.For App.Run" },
        { "parallel", "System.Threading.ManualResetEventSlim.Wait System.Threading.Tasks.Task.InternalWait System.Linq.Parallel.SpoolingTask.Spool App.Run" },

        // What is further out than the application's code says nothing.
        { "event", "System.Threading.ManualResetEventSlim.Wait App.Run System.Threading.Tasks.Task.InternalWait App.Main" },
        { "none", "App.Wait System.Threading.Monitor.Enter App.Run" },
        { "none", "" },
        { "none", "System.Threading.Something App.Run" },

        // The runtime's own waiting, wherever it is called from.
        { "idle", "System.Threading.WaitHandle.WaitOneNoCheck System.Threading.PortableThreadPool.GateThread.GateThreadStart" },
        { "idle", "System.Threading.WaitHandle.WaitMultiple System.Threading.PortableThreadPool.WaitThread.WaitThreadStart" },
        { "idle", "System.Threading.WaitHandle.WaitOneNoCheck System.Threading.TimerQueue.TimerThread" },
        { "idle", "System.Threading.WaitSubsystem.WaitableObject.Wait System.Threading.LowLevelLifoSemaphore.WaitForSignal System.Threading.PortableThreadPool.WorkerThread.WorkerThreadStart" },
        { "idle", "System.Threading.LowLevelLock.WaitAndAcquire System.Threading.ThreadPool.RequestWorkerThread App.Run" },
        { "idle", "System.Threading.WaitSubsystem.ThreadWaitInfo.Wait System.Threading.Thread.Sleep App.Run" },
        { "idle", "System.Threading.WaitSubsystem.ThreadWaitInfo.Wait System.Threading.Thread.StartCore System.Threading.Thread.Start App.Run" },

        // As hooks see it, with what a thread is made to wait by.
        { "lock", "System.Threading.WaitSubsystem.WaitableObject.Wait System.Threading.WaitHandle.WaitOneNoCheck System.Threading.Lock.TryEnterSlow App.Run" },
        { "monitor-wait", "System.Threading.WaitSubsystem.WaitableObject.Wait System.Threading.WaitHandle.WaitOneNoCheck System.Threading.Condition.Wait App.Run" },

        // This package waits for something of its own, on a thread of the application's.
        { "idle", "System.Threading.ManualResetEventSlim.Wait mark App.Run" },
        { "idle", "System.Threading.Monitor.Enter ? System.IO.File.Open mark App.Run" },
        { "idle", "System.Threading.WaitHandle.WaitOne Microsoft.Diagnostics.NETCore.Client.IpcClient.Connect watch App.Run" },

        // The application waits below it, or in what it calls of it.
        { "lock", "System.Threading.Monitor.Enter App.Handle mark App.Run" },
        { "lock", "System.Threading.Monitor.Enter add App.Run" },
    };

    [Theory]
    [MemberData(nameof(Stacks))]
    public void StackTellsWhatItsThreadWaitsFor(string kind, string stack)
    {
        string[] names = stack.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var classifier = new WaitClassifier(new Names(names), address => CodeOwners.Of(MethodOf(names[(int)address - 1])));

        LabelSet? labels = classifier.Classify([.. Enumerable.Range(1, names.Length).Select(static i => (nuint)i)]);

        Assert.Equal(kind, labels switch { null => "idle", { Labels: [var label] } => label.Text, _ => "none" });
    }

    [Fact]
    public void MethodThatIsNotKnownHasNoName()
    {
        var classifier = new WaitClassifier(new Names(["App.Run", "?"]), static _ => CodeOwner.Runtime);

        Assert.Equal("App.Run", classifier.NameOf(1));
        Assert.Equal("", classifier.NameOf(2));
    }

    private static MethodBase? MethodOf(string name) =>
        name == "?" ? null : s_own.TryGetValue(name, out MethodBase? own) ? own : name.StartsWith("System.") ? s_runtimes : s_applications;

    private sealed class Names(string[] names) : ManagedSymbols
    {
        public override FrameSymbol? Resolve(nuint address) =>
            names[(int)address - 1] is var name and not "?" ? new FrameSymbol(name, name) : null;
    }
}
