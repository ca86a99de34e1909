using System.Net;
using Microsoft.AspNetCore.Http;
using Pprof.Endpoints.Access;
using Xunit;

namespace Pprof.Runtime.Tests.Endpoints.Access;

public sealed class LoopbackRuleTests
{
    [Theory]
    [InlineData(null, "localhost")]
    [InlineData("127.0.0.1", "localhost:5000")]
    [InlineData("127.0.0.1", "LOCALHOST")]
    [InlineData("127.0.0.1", "localhost.")]
    [InlineData("127.0.0.1", "app.localhost:5000")]
    [InlineData("127.0.0.1", "127.0.0.1:5000")]
    [InlineData("127.9.8.7", "127.0.0.2")]
    [InlineData("::1", "[::1]:5000")]
    [InlineData("::1", "[::1]")]
    [InlineData("::ffff:127.0.0.1", "[::ffff:127.0.0.1]:5000")]
    [InlineData("::ffff:127.0.0.9", "localhost")]
    public void RequestFromThisMachineIsAdmitted(string? address, string host)
    {
        Assert.Null(LoopbackRule.Refusal(Request(address, host)));
    }

    [Fact]
    public void NameOfThisMachineIsAdmitted()
    {
        Assert.Null(LoopbackRule.Refusal(Request("127.0.0.1", Environment.MachineName + ":5000")));
    }

    [Theory]
    [InlineData("10.0.0.1", "localhost")]
    [InlineData("192.168.1.1", "127.0.0.1")]
    [InlineData("::ffff:10.0.0.1", "localhost")]
    [InlineData("fe80::1", "localhost")]
    [InlineData("0.0.0.0", "localhost")]
    public void RequestFromElsewhereIsRefused(string address, string host)
    {
        Assert.Equal("this one comes from another", LoopbackRule.Refusal(Request(address, host)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("evil.example")]
    [InlineData("localhost.evil.example")]
    [InlineData("notlocalhost")]
    [InlineData("127.0.0.1.evil.example")]
    [InlineData("10.0.0.1")]
    [InlineData("0.0.0.0:5000")]
    [InlineData("[::]:5000")]
    [InlineData("[fe80::1]:5000")]
    public void HostNameOfAnotherMachineIsRefused(string host)
    {
        Assert.Contains("Host header", LoopbackRule.Refusal(Request("127.0.0.1", host)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("X-Forwarded-For")]
    [InlineData("x-forwarded-for")]
    [InlineData("X-Forwarded-Host")]
    [InlineData("X-Forwarded-Proto")]
    [InlineData("X-Original-For")]
    [InlineData("Forwarded")]
    [InlineData("X-Real-IP")]
    [InlineData("Via")]
    [InlineData("CF-Connecting-IP")]
    [InlineData("X-Forwarded")]
    [InlineData("Forwarded-For")]
    [InlineData("X_Forwarded_For")]
    [InlineData("Client-IP")]
    [InlineData("X-RealIP")]
    [InlineData("CF-Ray")]
    [InlineData("CDN-Loop")]
    [InlineData("X-Varnish")]
    [InlineData("Max-Forwards")]
    [InlineData("X-Amzn-Trace-Id")]
    [InlineData("X-Azure-Ref")]
    [InlineData("X-ARR-LOG-ID")]
    [InlineData("X-Envoy-Expected-Rq-Timeout-Ms")]
    [InlineData("WL-Proxy-Client-IP")]
    [InlineData("Proxy-Client-IP")]
    [InlineData("X-Appengine-Country")]
    [InlineData("X-Scheme")]
    [InlineData("X-Rewrite-URL")]
    [InlineData("X-Original-URL")]
    [InlineData("X-ProxyUser-Ip")]
    [InlineData("True-Client-IP")]
    [InlineData("Fastly-SSL")]
    [InlineData("Fly-Client-IP")]
    [InlineData("X-Nf-Client-Connection-Ip")]
    [InlineData("X-SSL-Client-Verify")]
    [InlineData("Front-End-Https")]
    [InlineData("X-Remote-Addr")]
    public void ForwardedRequestIsRefused(string header)
    {
        DefaultHttpContext context = Request("127.0.0.1", "localhost");
        context.Request.Headers[header] = "127.0.0.1";

        Assert.Contains("proxy", LoopbackRule.Refusal(context), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("User-Agent")]
    [InlineData("Accept-Encoding")]
    [InlineData("Authorization")]
    [InlineData("Cookie")]
    [InlineData("Upgrade-Insecure-Requests")]
    [InlineData("Sec-WebSocket-Protocol")]
    [InlineData("Sec-CH-UA-Platform")]
    [InlineData("Cache-Control")]
    [InlineData("If-None-Match")]
    [InlineData("traceparent")]
    [InlineData("baggage")]
    [InlineData("Request-Id")]
    [InlineData("X-Request-Id")]
    [InlineData("X-Requested-With")]
    [InlineData("X-Prometheus-Scrape-Timeout-Seconds")]
    [InlineData("X-Scope-OrgID")]
    public void HeaderOfClientsIsNoSignOfAProxy(string header)
    {
        DefaultHttpContext context = Request("127.0.0.1", "localhost");
        context.Request.Headers[header] = "1";

        Assert.Null(LoopbackRule.Refusal(context));
    }

    [Theory]
    [InlineData("Sec-Fetch-Site", "cross-site", false)]
    [InlineData("Sec-Fetch-Site", "same-site", true)]
    [InlineData("Sec-Fetch-Site", "same-origin", true)]
    [InlineData("Sec-Fetch-Site", "none", true)]
    [InlineData("Origin", "http://evil.example", false)]
    [InlineData("Origin", "http://localhost.evil.example:5000", false)]
    [InlineData("Origin", "null", false)]
    [InlineData("Origin", "", false)]
    [InlineData("Origin", "http://localhost:5000", true)]
    [InlineData("Origin", "http://127.0.0.1:8080", true)]
    [InlineData("Origin", "https://[::1]", true)]
    public void PageOfAnotherSiteIsRefused(string header, string value, bool admitted)
    {
        DefaultHttpContext context = Request("127.0.0.1", "localhost:5000");
        context.Request.Headers[header] = value;

        Assert.Equal(admitted, LoopbackRule.Refusal(context) is null);
    }

    [Fact]
    public void ProtocolOfSilentProxiesIsRefused()
    {
        DefaultHttpContext context = Request("127.0.0.1", "localhost");
        context.Request.Protocol = "HTTP/1.0";

        Assert.Contains("HTTP/1.0", LoopbackRule.Refusal(context), StringComparison.Ordinal);
    }

    private static DefaultHttpContext Request(string? address, string host)
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = address is null ? null : IPAddress.Parse(address);
        context.Request.Host = new HostString(host);
        context.Request.Protocol = "HTTP/1.1";
        return context;
    }
}
