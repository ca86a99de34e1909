using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Pprof.Runtime.Tests.Endpoints;

/// <summary>Requests that no ordinary client sends: an answer that says so, and no failure in the log.</summary>
public sealed class HostileRequestTests
{
    [Theory]
    [InlineData(PprofAccess.Loopback, "xn--")]
    [InlineData(PprofAccess.Anyone, "xn--")]
    [InlineData(PprofAccess.Policy, "xn--")]
    [InlineData(PprofAccess.Loopback, "xn--.localhost:5000")]
    public async Task HostThatIsNoNameIsABadRequest(PprofAccess access, string host)
    {
        // The server's own log line of each request asks for the host as well, and fails before anybody sees the request.
        await using RunningService service = await RunningService.StartAsync(
            new TestManifest(options => options.Access = access),
            builder => builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting", LogLevel.Warning));
        string answer = await SendAsync(service, $"GET /debug/pprof/ HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        AssertNothingFailed(service);
    }

    [Theory]
    [InlineData("ffffffffffffffff")]
    [InlineData("80000000")]
    [InlineData("fffffffffffffffff")]
    [InlineData("-1")]
    [InlineData("zz")]
    public async Task ChunkThatIsNoneIsABadRequest(string size)
    {
        await using RunningService service = await RunningService.StartAsync(new TestManifest());
        string answer = await SendAsync(
            service,
            $"POST /debug/pprof/symbol HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n{size}\r\n");

        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        AssertNothingFailed(service);
    }

    [Theory]
    [InlineData("Content-Length: 100\r\n\r\n0x99", false)]
    [InlineData("Content-Length: 100\r\n\r\n0x99", true)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n64\r\n0x99", false)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n64\r\n0x99", true)]
    public async Task ClientThatLeavesInTheMiddleOfABodyIsNoFailure(string rest, bool reset)
    {
        await using RunningService service = await RunningService.StartAsync(new TestManifest());
        for (int i = 0; i < 40; i++)
        {
            using Socket client = await ConnectAsync(service);
            await client.SendAsync(System.Text.Encoding.ASCII.GetBytes($"POST /debug/pprof/symbol HTTP/1.1\r\nHost: localhost\r\n{rest}"));
            await Task.Delay(i % 8);
            client.LingerState = new LingerOption(reset, 0);
            client.Close();
        }

        // One that stays, and then those before have been seen to the end.
        Assert.Equal("num_symbols: 1\n", await service.BodyAsync("/debug/pprof/symbol"));
        await Task.Delay(500);
        AssertNothingFailed(service);
    }

    [Fact]
    public async Task PathIsLoggedEscaped()
    {
        await using RunningService service = await RunningService.StartAsync(
            new TestManifest(options => (options.Access, options.AuthorizationPolicy) = (PprofAccess.Policy, "broken")),
            builder => builder.Services.AddAuthorization(options =>
                options.AddPolicy("broken", policy => policy.RequireAssertion(bool (_) => throw new InvalidOperationException("broken")))));
        using HttpResponseMessage response = await service.GetAsync("/debug/pprof/a%0D%0Aerror:%20forged%E2%80%A8");
        (LogLevel level, string text) = Assert.Single(service.Log.OfPprof, entry => entry.Text.Contains("forged", StringComparison.Ordinal));

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Equal(LogLevel.Error, level);
        Assert.Contains("\"a%0D%0Aerror:%20forged%E2%80%A8\"", text, StringComparison.Ordinal);
    }

    // That nobody is served, for want of a policy's name, is warned of at the start.
    private static void AssertNothingFailed(RunningService service) =>
        Assert.DoesNotContain(service.Log.OfPprof, entry => entry.Level >= LogLevel.Warning && !entry.Text.StartsWith("pprof serves", StringComparison.Ordinal));

    private static async Task<Socket> ConnectAsync(RunningService service)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, service.Client.BaseAddress!.Port);
        return socket;
    }

    private static async Task<string> SendAsync(RunningService service, string request)
    {
        using Socket socket = await ConnectAsync(service);
        using var stream = new NetworkStream(socket);
        await socket.SendAsync(System.Text.Encoding.ASCII.GetBytes(request));
        using var reader = new StreamReader(stream, System.Text.Encoding.Latin1);
        return await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(10));
    }
}
