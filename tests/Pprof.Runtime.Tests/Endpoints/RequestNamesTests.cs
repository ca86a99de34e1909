using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Pprof.Endpoints;
using Pprof.Profiles;
using Xunit;

namespace Pprof.Runtime.Tests.Endpoints;

public sealed class RequestNamesTests
{
    private static readonly TimeSpan s_hang = TimeSpan.FromSeconds(60);

    /// <summary>Who makes a listener holds the runtime's lock of all listeners while it is told of.</summary>
    [Fact]
    public void AHostThatStartsWhileATraceEndsGoesOnAndIsForgotten()
    {
        string id = $"{Guid.NewGuid()}";
        var server = new DiagnosticListener("Microsoft.AspNetCore");
        var names = new RequestNames();
        var ending = new Thread(names.Dispose) { IsBackground = true };
        IDisposable subscription = DiagnosticListener.AllListeners.Subscribe(new Observer(listener =>
        {
            if (listener.Name == id)
            {
                ending.Start();
                SpinWait.SpinUntil(() => (ending.ThreadState & System.Threading.ThreadState.WaitSleepJoin) != 0, s_hang);
                names.OnNext(server);
            }
        }));
        var starting = new Thread(() => new DiagnosticListener(id).Dispose()) { IsBackground = true };
        starting.Start();

        Assert.True(starting.Join(s_hang), "no host can start any more");
        Assert.True(ending.Join(s_hang));

        // Traces of other tests listen to it too, while they last.
        Assert.True(SpinWait.SpinUntil(() => !server.IsEnabled(), s_hang));

        // Not where it failed: both need the lock.
        subscription.Dispose();
        server.Dispose();
    }

    /// <summary>The route is found after the start. Asked for is the name only at the end, and only of what is drawn.</summary>
    [Fact]
    public void TheNameIsThatOfTheRouteAtTheEnd()
    {
        using var server = new DiagnosticListener("Microsoft.AspNetCore");
        using var names = new RequestNames();
        var request = new DefaultHttpContext();
        request.Request.Method = "GET";

        Assert.True(server.IsEnabled("Microsoft.AspNetCore.Hosting.HttpRequestIn", request));
        TraceTaskName? name = TraceTaskName.Take();
        Assert.Equal("GET", name?.Read());
        request.SetEndpoint(new RouteEndpoint(static _ => Task.CompletedTask, RoutePatternFactory.Parse("/orders/{id}"), 0, null, null));
        Assert.Equal("GET /orders/{id}", name?.Read());

        // None is told of start and end.
        Assert.False(server.IsEnabled("Microsoft.AspNetCore.Hosting.HttpRequestIn.Start"));
        Assert.False(server.IsEnabled("Microsoft.AspNetCore.Hosting.BeginRequest"));
        Assert.Null(TraceTaskName.Take());
    }

    private sealed class Observer(Action<DiagnosticListener> next) : IObserver<DiagnosticListener>
    {
        public void OnNext(DiagnosticListener value) => next(value);

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }
    }
}
