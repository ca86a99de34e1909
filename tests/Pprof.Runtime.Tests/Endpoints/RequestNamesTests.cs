using System.Diagnostics;
using Pprof.Endpoints;
using Xunit;

namespace Pprof.Runtime.Tests.Endpoints;

public sealed class RequestNamesTests
{
    /// <summary>A host that starts while traces end makes its listener with the runtime's lock of all listeners held.</summary>
    [Fact]
    public void HostsThatStartMeanwhileGoOnAndAreForgotten()
    {
        bool ended = false;
        List<DiagnosticListener> listeners = [];
        var traces = new Thread(Trace) { IsBackground = true };
        var hosts = new Thread(Listen) { IsBackground = true };
        traces.Start();
        hosts.Start();

        Assert.True(hosts.Join(TimeSpan.FromSeconds(60)), "no host can start any more");
        Volatile.Write(ref ended, true);
        Assert.True(traces.Join(TimeSpan.FromSeconds(60)));
        Assert.DoesNotContain(listeners, static listener => listener.IsEnabled());
        listeners.ForEach(static listener => listener.Dispose());

        void Trace()
        {
            while (!Volatile.Read(ref ended))
            {
                new RequestNames().Dispose();
            }
        }

        void Listen()
        {
            for (int i = 0; i < 2000; i++)
            {
                listeners.Add(new DiagnosticListener("Microsoft.AspNetCore"));
            }
        }
    }
}
