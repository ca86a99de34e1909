using Pprof.Encoding.Trace;
using Pprof.Profiles;
using Xunit;

namespace Pprof.Runtime.Tests.Encoding.Trace;

public sealed class WorkNameTests
{
    private const string Dispatch = "System.Threading.ThreadPoolWorkQueue.Dispatch()";

    [Fact]
    public void WorkIsNamedByTheOutermostMethodOfIts()
    {
        WorkName name = Of("start_thread", "Thread::Run(void*)", "System.Threading.Thread.StartCallback", Dispatch, "[JIT stub]", "Shop.Orders.Place", "Shop.Stock.Find", "System.String.Concat");

        Assert.Equal("Shop.Orders.Place", name.Name);
        Assert.Equal("System.String.Concat", name.Caller);
    }

    [Fact]
    public void WhatListensToAThreadNamesNoWork()
    {
        WorkName name = Of(Dispatch, "System.Diagnostics.Tracing.EventSource.WriteEvent(int, long)", "Shop.Listener.OnEventWritten");

        Assert.Null(name.Name);
        Assert.Null(name.Caller);
    }

    [Fact]
    public void WhatASocketOrATimerWaitsForIsKnownByTheLibrarysFramesAtTheLeaf()
    {
        Assert.Equal(TraceWait.Network, Of("Shop.Bank.Ask", "System.Net.Sockets.Socket.Receive", "System.Threading.ManualResetEventSlim.Wait").Wait);
        Assert.Equal(TraceWait.Sleep, Of("System.Threading.TimerQueue.TimerThread", "System.Threading.WaitHandle.WaitOne").Wait);
        Assert.Null(Of("System.Net.Http.HttpClient.Send", "Shop.Handler.Send", "System.Threading.Monitor.Wait").Wait);
        Assert.Null(Of("Shop.Bank.Ask", "System.Threading.Tasks.Task.Wait").Wait);
    }

    private static WorkName Of(params string[] methods)
    {
        var name = new WorkName(isCut: false);
        foreach (string method in methods)
        {
            name.Add(method);
        }

        return name;
    }
}
