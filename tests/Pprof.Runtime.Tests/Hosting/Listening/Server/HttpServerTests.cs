using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Pprof.Hosting.Listening.Server;
using Xunit;

namespace Pprof.Runtime.Tests.Hosting.Listening.Server;

/// <summary>The server of the listener, byte by byte.</summary>
public sealed class HttpServerTests : IAsyncLifetime
{
    private const string Get = "GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private const string LastGet = "GET /a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

    private static readonly TimeSpan s_hang = TimeSpan.FromMinutes(1);

    private HttpServer _server = Start(EchoAsync);

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _server.StopAsync(TimeSpan.Zero, new CancellationToken(canceled: true));

    [Fact]
    public async Task RequestsOfOneConnectionAreAnsweredInTurn()
    {
        string answer = await AskAsync(Get + "GET /b%20c?d=e HTTP/1.1\r\nHost: localhost\r\n\r\n" + LastGet);

        Assert.Equal(3, Count(answer, "HTTP/1.1 200 OK\r\n"));
        Assert.Equal(1, Count(answer, "Connection: close\r\n"));
        Assert.Contains("GET /b c ?d=e", answer, StringComparison.Ordinal);
        Assert.EndsWith("GET /a  ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ConnectionGoesOnAfterAResponse()
    {
        using Socket client = await ConnectAsync();
        for (int i = 0; i < 3; i++)
        {
            await client.SendAsync(System.Text.Encoding.ASCII.GetBytes(Get));
            Assert.EndsWith("GET /a  ", await ReceiveUntilAsync(client, "GET /a  "), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("nonsense\r\n\r\n", 400)]
    [InlineData("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400)]
    [InlineData("GET / HTP/1.1\r\nHost: a\r\n\r\n", 400)]
    [InlineData("G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400)]
    [InlineData("GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400)]
    [InlineData("GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\nHost: a\n\n", 400)]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505)]
    [InlineData("GET / HTTP/1.1\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400)]
    [InlineData("GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n", 417)]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400)]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400)]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\na", 400)]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\na", 400)]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\na", 400)]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\na", 400)]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501)]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400)]
    [InlineData("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400)]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", 400)]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding:\r\n\r\na", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nHost:\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: [::1]a\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: a:99999\r\n\r\n", 400)]
    public async Task BadRequestIsRefusedAndEndsTheConnection(string request, int status)
    {
        string answer = await AskAsync(request + Get);

        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Contains("Content-Type: text/plain", answer, StringComparison.Ordinal);
        Assert.Equal(1, Count(answer, "HTTP/1.1 "));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("a:80")]
    [InlineData("a:")]
    [InlineData("[::1]")]
    [InlineData("[::1]:80")]
    public async Task HostWithAPortOrWithoutIsServed(string host) => Assert.StartsWith(
        "HTTP/1.1 200 ", await AskAsync($"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"), StringComparison.Ordinal);

    [Fact]
    public async Task HeaderWithoutAValueIsThere()
    {
        await ServeAsync(static context => context.Response.WriteAsync($"{context.Request.Headers.ContainsKey("Via")}"));

        string answer = await AskAsync("GET / HTTP/1.1\r\nHost: a\r\nVia:\r\nConnection: close\r\n\r\n");

        Assert.Contains("True", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatIsTooLongIsRefused()
    {
        string longest = new('a', ConnectionInput.MaxLine + 1);
        string many = string.Concat(Enumerable.Range(0, 200).Select(static i => $"X{i}: a\r\n"));
        string much = string.Concat(Enumerable.Range(0, 10).Select(static i => $"X{i}: {new string('a', 4000)}\r\n"));

        Assert.StartsWith("HTTP/1.1 414 ", await AskAsync($"GET /{longest} HTTP/1.1\r\nHost: a\r\n\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 431 ", await AskAsync($"GET / HTTP/1.1\r\nHost: a\r\nX: {longest}\r\n\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 431 ", await AskAsync($"GET / HTTP/1.1\r\nHost: a\r\n{many}\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 431 ", await AskAsync($"GET / HTTP/1.1\r\nHost: a\r\n{much}\r\n"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Content-Length: 5\r\n\r\nhello")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;a=b\r\nllo\r\n0\r\nTrailer: a\r\n\r\n")]
    public async Task BodyIsReadToItsEndAndNoFurther(string body)
    {
        string answer = await AskAsync("POST /p HTTP/1.1\r\nHost: a\r\n" + body + LastGet);

        Assert.Contains("POST /p  hello", answer, StringComparison.Ordinal);
        Assert.EndsWith("GET /a  ", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x\r\n")]
    [InlineData("-1\r\n")]
    [InlineData("\r\n")]
    [InlineData("ffffffffff\r\n")]
    [InlineData("2\r\nhello\r\n0\r\n\r\n")]
    public async Task BadChunkIsTheClientsFault(string chunks)
    {
        string answer = await AskAsync("POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + Get);

        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Equal(1, Count(answer, "HTTP/1.1 "));
    }

    [Fact]
    public async Task ClientThatWaitsIsToldThatItsBodyIsWanted()
    {
        using Socket client = await ConnectAsync();
        await client.SendAsync(System.Text.Encoding.ASCII.GetBytes("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"));
        Assert.Equal("HTTP/1.1 100 Continue\r\n\r\n", await ReceiveUntilAsync(client, "\r\n\r\n"));
        await client.SendAsync("ok"u8.ToArray());

        Assert.StartsWith("HTTP/1.1 200 OK\r\n", await ReceiveUntilAsync(client, "POST /p  ok"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task HeadIsAnsweredWithoutABody()
    {
        string answer = await AskAsync("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n" + LastGet);

        Assert.Equal(2, Count(answer, "HTTP/1.1 200 OK\r\n"));
        Assert.Equal(1, Count(answer, "GET /a  "));
        Assert.DoesNotContain("HEAD /a", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Http10EndsTheConnectionUnlessAskedNotTo()
    {
        string ended = await AskAsync("GET /a HTTP/1.0\r\n\r\n" + Get);
        string kept = await AskAsync("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /a HTTP/1.0\r\n\r\n");

        Assert.Equal(1, Count(ended, "HTTP/1.1 200 OK\r\n"));
        Assert.Equal(2, Count(kept, "HTTP/1.1 200 OK\r\n"));
        Assert.Contains("Connection: keep-alive\r\n", kept, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BodyOfUnknownLengthComesInChunks()
    {
        await ServeAsync(static async context =>
        {
            await context.Response.WriteAsync("one");
            await Task.Yield();
            await context.Response.WriteAsync("three");
        });

        Assert.EndsWith("\r\n\r\n3\r\none\r\n5\r\nthree\r\n0\r\n\r\n", await AskAsync(LastGet), StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\nonethree", await AskAsync("GET / HTTP/1.0\r\n\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatIsThrownBeforeTheResponseIsStatus500()
    {
        await ServeAsync(static _ => throw new InvalidOperationException());

        Assert.StartsWith("HTTP/1.1 500 ", await AskAsync(LastGet), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n", "")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n", "")]

    // The second waits, and does not hide that the client has gone.
    [InlineData(Get, Get)]
    public async Task ClientThatHangsUpEndsItsRequest(string request, string next)
    {
        var begun = new TaskCompletionSource();
        var ended = new TaskCompletionSource();
        await ServeAsync(async context =>
        {
            begun.SetResult();
            using CancellationTokenRegistration registration = context.RequestAborted.Register(ended.SetResult);
            await ended.Task;
        });
        using (Socket client = await ConnectAsync())
        {
            await client.SendAsync(System.Text.Encoding.ASCII.GetBytes(request + next));
            await begun.Task.WaitAsync(s_hang);
        }

        await ended.Task.WaitAsync(s_hang);
    }

    [Fact]
    public async Task ClientThatSendsOnAndOnInsteadOfWaitingIsLeft()
    {
        var ended = new TaskCompletionSource();
        await ServeAsync(async context =>
        {
            using CancellationTokenRegistration registration = context.RequestAborted.Register(() => ended.TrySetResult());
            await ended.Task;
        });
        using Socket client = await ConnectAsync();
        await client.SendAsync(System.Text.Encoding.ASCII.GetBytes(Get + new string('a', 60_000)));

        await ended.Task.WaitAsync(s_hang);
    }

    [Fact]
    public async Task ClientsThatAreSlowWithTheirHeadersMakeRoomForOthers()
    {
        await ServeAsync(EchoAsync, new HttpLimits { Connections = 2 });
        using Socket first = await ConnectAsync();
        using Socket second = await ConnectAsync();
        await first.SendAsync("GET / HT"u8.ToArray());
        await second.SendAsync("GET / HT"u8.ToArray());

        Assert.StartsWith("HTTP/1.1 200 ", await AskAsync(LastGet), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ClientThatIsSlowWithItsHeadersIsLeft()
    {
        await ServeAsync(EchoAsync, new HttpLimits { Headers = TimeSpan.FromMilliseconds(100) });
        using Socket client = await ConnectAsync();
        await client.SendAsync("GET / HT"u8.ToArray());

        Assert.StartsWith("HTTP/1.1 408 ", await ReceiveAllAsync(client), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ClientThatAsksNothingIsLeft()
    {
        await ServeAsync(EchoAsync, new HttpLimits { Idle = TimeSpan.FromMilliseconds(100) });
        using Socket client = await ConnectAsync();

        Assert.Equal("", await ReceiveAllAsync(client));
    }

    [Fact]
    public async Task ConnectionsBeyondTheLimitAreToldSo()
    {
        var release = new TaskCompletionSource();
        using var begun = new SemaphoreSlim(0);
        await ServeAsync(
            async _ =>
            {
                begun.Release();
                await release.Task;
            },
            new HttpLimits { Connections = 2 });
        Task<string>[] served = [AskAsync(LastGet), AskAsync(LastGet)];
        Assert.True(await begun.WaitAsync(s_hang));
        Assert.True(await begun.WaitAsync(s_hang));

        Assert.StartsWith("HTTP/1.1 503 ", await AskAsync(LastGet), StringComparison.Ordinal);
        release.SetResult();
        Assert.All(await Task.WhenAll(served), static answer => Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal));
    }

    [Fact]
    public async Task ConnectionThatWaitsMakesRoomForAnother()
    {
        await ServeAsync(EchoAsync, new HttpLimits { Connections = 1 });
        using Socket first = await ConnectAsync();
        await first.SendAsync(System.Text.Encoding.ASCII.GetBytes(Get));
        await ReceiveUntilAsync(first, "GET /a  ");
        string second;
        using var patience = new CancellationTokenSource(s_hang);
        do
        {
            // It waits a moment after its response has been received.
            patience.Token.ThrowIfCancellationRequested();
            second = await AskAsync(LastGet);
        }
        while (!second.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal));

        Assert.Equal("", await ReceiveAllAsync(first));
    }

    [Fact]
    public async Task ManyConnectionsAtATimeAreServed()
    {
        string[] answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(_ => AskAsync(Get + LastGet)));

        Assert.All(answers, static answer => Assert.Equal(2, Count(answer, "HTTP/1.1 200 OK\r\n")));
    }

    [Fact]
    public async Task ServerThatStopsFinishesWhatItServes()
    {
        var begun = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        await ServeAsync(async context =>
        {
            begun.SetResult();
            await release.Task;
            await EchoAsync(context);
        });
        Task<string> answer = AskAsync(Get);
        await begun.Task.WaitAsync(s_hang);
        Task stopped = _server.StopAsync(s_hang, CancellationToken.None);
        await Assert.ThrowsAnyAsync<SocketException>(ConnectAsync);
        release.SetResult();
        await stopped.WaitAsync(s_hang);

        Assert.Contains("Connection: close\r\n", await answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ServerThatStopsEndsWhatTakesTooLong()
    {
        var begun = new TaskCompletionSource();
        await ServeAsync(context =>
        {
            begun.SetResult();
            return Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        Task<string> answer = AskAsync(Get);
        await begun.Task.WaitAsync(s_hang);

        await _server.StopAsync(TimeSpan.FromMilliseconds(100), CancellationToken.None).WaitAsync(s_hang);
        Assert.Equal("", await answer);
    }

    private static HttpServer Start(Func<HttpContext, Task> serve, HttpLimits? limits = null) => HttpServer.Start("http://127.0.0.1:0", serve, limits);

    private static async Task EchoAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        try
        {
            string body = await reader.ReadToEndAsync(context.RequestAborted);
            string text = $"{context.Request.Method} {context.Request.Path.Value} {context.Request.QueryString} {body}";
            context.Response.ContentLength = text.Length;
            if (!HttpMethods.IsHead(context.Request.Method))
                await context.Response.Body.WriteAsync(System.Text.Encoding.ASCII.GetBytes(text));
        }
        catch (BadHttpRequestException e)
        {
            context.Response.StatusCode = e.StatusCode;
        }
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    private static async Task<string> ReceiveUntilAsync(Socket client, string end)
    {
        var text = new StringBuilder();
        byte[] buffer = new byte[4096];
        using var patience = new CancellationTokenSource(s_hang);
        while (!text.ToString().EndsWith(end, StringComparison.Ordinal) && await client.ReceiveAsync(buffer, patience.Token) is > 0 and var count)
            text.Append(System.Text.Encoding.ASCII.GetString(buffer, 0, count));

        return text.ToString();
    }

    private static Task<string> ReceiveAllAsync(Socket client) => ReceiveUntilAsync(client, "\uffff");

    private async Task ServeAsync(Func<HttpContext, Task> serve, HttpLimits? limits = null)
    {
        await DisposeAsync();
        _server = Start(serve, limits);
    }

    private async Task<Socket> ConnectAsync()
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(IPAddress.Loopback, new Uri(_server.Address).Port);
        return client;
    }

    /// <summary>All that is answered, until the server ends the connection.</summary>
    private async Task<string> AskAsync(string request)
    {
        using Socket client = await ConnectAsync();
        await client.SendAsync(System.Text.Encoding.Latin1.GetBytes(request));
        return await ReceiveAllAsync(client);
    }
}
