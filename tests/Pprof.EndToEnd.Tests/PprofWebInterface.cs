using System.Net;
using System.Net.Sockets;
using Pprof.Testing;

namespace Pprof.EndToEnd.Tests;

/// <summary>The web interface of <c>go tool pprof -http</c>.</summary>
internal sealed class PprofWebInterface : IDisposable
{
    private readonly System.Diagnostics.Process _process;

    private PprofWebInterface(System.Diagnostics.Process process, string url)
    {
        _process = process;
        Client = new HttpClient { BaseAddress = new Uri(url) };
    }

    public HttpClient Client { get; }

    /// <summary>Starts it on a free port and waits until it says that it serves.</summary>
    public static async Task<PprofWebInterface> OpenAsync(string profile, IReadOnlyDictionary<string, string> environment)
    {
        int port = FreePort();
        var process = System.Diagnostics.Process.Start(ChildProcess.Describe(
            Tools.PathOf(Tools.Go), ["tool", "pprof", "-no_browser", $"-http=127.0.0.1:{port}", profile], Path.GetDirectoryName(profile), environment))!;
        var web = new PprofWebInterface(process, $"http://127.0.0.1:{port}/ui/");
        try
        {
            await web.WaitUntilItServesAsync();
            return web;
        }
        catch
        {
            web.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Client.Dispose();
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);

        _process.WaitForExit();
        _process.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task WaitUntilItServesAsync()
    {
        // Its "Serving web UI" comes before it listens.
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            try
            {
                using HttpResponseMessage answer = await Client.GetAsync("top", deadline.Token);
                return;
            }
            catch (HttpRequestException) when (!_process.HasExited)
            {
                await Task.Delay(50, deadline.Token);
            }
        }
    }
}
