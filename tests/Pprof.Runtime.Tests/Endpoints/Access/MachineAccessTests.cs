using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Pprof.Endpoints.Access;
using Pprof.Testing;
using Xunit;

namespace Pprof.Runtime.Tests.Endpoints.Access;

/// <summary>Machines that scrape: let in by where they connect from, and by a secret.</summary>
public sealed class MachineAccessTests
{
    private const string Page = "/debug/pprof/";
    private const string Secret = "correct: horse, bättery";

    [Theory]
    [InlineData("10.0.0.0/8", "10.1.2.3", true)]
    [InlineData("10.0.0.0/8", "::ffff:10.1.2.3", true)]
    [InlineData("10.0.0.0/8", "11.0.0.1", false)]
    [InlineData("192.0.2.7", "192.0.2.7", true)]
    [InlineData("::ffff:192.0.2.7", "192.0.2.7", true)]
    [InlineData("192.0.2.7", "192.0.2.8", false)]
    [InlineData("172.16.0.0/12,fd00::/8 , 192.0.2.7", "fd12::1", true)]
    [InlineData("172.16.0.0/12,fd00::/8 , 192.0.2.7", "fe80::1", false)]
    [InlineData("0.0.0.0/0", "8.8.8.8", true)]
    [InlineData("0.0.0.0/0", "fe80::1", false)]
    [InlineData("", "10.1.2.3", false)]
    [InlineData("10.0.0.1/8", "10.0.0.1", false)]
    [InlineData("10.0.0.0/8", null, false)]
    public void TheAddressOfTheConnectionDecides(string networks, string? address, bool isAllowed) =>
        Assert.Equal(isAllowed, NetworkRule.Refusal(From(address), networks) is null);

    /// <summary>Middleware believes what a header says of a connection without an address, and takes the header away.</summary>
    [Fact]
    public async Task NoHeaderGivesAUnixSocketAnAddress()
    {
        using var folder = new TemporaryFolder();
        var end = new UnixDomainSocketEndPoint(Path.Combine(folder.Path, "s"));
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(end);
        listener.Listen();
        using var proxy = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await proxy.ConnectAsync(end);
        HttpContext context = From("10.0.0.1");
        context.Features.Set<IConnectionSocketFeature>(new ConnectedSocket(await listener.AcceptAsync()));

        Assert.NotNull(NetworkRule.Refusal(context, "10.0.0.0/8"));
        context.Features.Get<IConnectionSocketFeature>()!.Socket.Dispose();
    }

    /// <summary>The requests of one connection share what is known of it.</summary>
    [LinuxFact]
    public void TheFirstRequestsOfAConnectionMayComeAtOnce()
    {
        const int Requests = 4;
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        client.Connect(listener.LocalEndPoint!);
        using Socket server = listener.Accept();
        var remote = (IPEndPoint)server.RemoteEndPoint!;
        var local = (IPEndPoint)server.LocalEndPoint!;
        for (int i = 0; i < 100; i++)
        {
            var items = new ConnectionState();
            using var barrier = new Barrier(Requests);
            Task[] requests = [.. Enumerable.Range(0, Requests).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    HttpContext context = From($"{remote.Address.MapToIPv4()}");
                    (context.Connection.RemotePort, context.Connection.LocalPort) = (remote.Port, local.Port);
                    context.Connection.LocalIpAddress = local.Address.MapToIPv4();
                    context.Features.Set<IConnectionItemsFeature>(items);
                    barrier.SignalAndWait();
                    PeerRule.Refusal(context, out bool _);
                },
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default))];
            Task.WaitAll(requests);
        }
    }

    [Theory]
    [InlineData("X-Forwarded-For")]
    [InlineData("X-Original-For")]
    [InlineData("Via")]
    public void WhatAProxyInTheNetworkForwardsIsRefused(string header)
    {
        HttpContext context = From("10.1.2.3");
        context.Request.Headers[header] = "10.1.2.3";

        Assert.Contains("proxy", NetworkRule.Refusal(context, "10.0.0.0/8"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(PprofAccess.Anyone, "127.0.0.0/8, ::1", HttpStatusCode.OK)]
    [InlineData(PprofAccess.Anyone, "10.0.0.0/8", HttpStatusCode.Forbidden)]
    [InlineData(PprofAccess.Loopback, "10.0.0.0/8", HttpStatusCode.OK)]
    public async Task AccessSaysWhomTheNetworksAreAddedTo(PprofAccess access, string networks, HttpStatusCode expected)
    {
        await using RunningService service = await StartAsync(access, networks, secret: null);
        using HttpResponseMessage response = await service.GetAsync(Page);

        Assert.Equal(expected, response.StatusCode);
    }

    [Theory]
    [InlineData(PprofAccess.Anyone)]
    [InlineData(PprofAccess.Loopback)]
    public async Task NoHeaderMakesARequestOneFromANetwork(PprofAccess access)
    {
        await using RunningService service = await StartAsync(access, "10.0.0.0/8", secret: null);
        using HttpResponseMessage response = await service.SendAsync(HttpMethod.Get, Page, ("X-Forwarded-For", "10.0.0.1"));

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Contains("AllowedNetworks", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pprof", Secret, HttpStatusCode.OK)]
    [InlineData("", Secret, HttpStatusCode.OK)]
    [InlineData("scraper", Secret, HttpStatusCode.OK)]
    [InlineData("pprof", "", HttpStatusCode.Unauthorized)]
    [InlineData("pprof", "correct: horse, bätter", HttpStatusCode.Unauthorized)]
    [InlineData("pprof", "correct: horse, bättery ", HttpStatusCode.Unauthorized)]
    [InlineData("pprof", "Correct: horse, bättery", HttpStatusCode.Unauthorized)]
    [InlineData(Secret, "pprof", HttpStatusCode.Unauthorized)]
    public async Task EveryoneHasToKnowTheSecretWhereItIsOpenToAnyone(string user, string password, HttpStatusCode expected)
    {
        await using RunningService service = await StartAsync(PprofAccess.Anyone, networks: null, Secret);
        using HttpResponseMessage response = await GetAsync(service, user, password);

        Assert.Equal(expected, response.StatusCode);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Basic")]
    [InlineData("Basic !")]
    [InlineData("Basic Og")]
    [InlineData("Bearer correct")]
    [InlineData("correct: horse, battery")]
    public async Task WhoLacksTheSecretIsAskedForIt(string? authorization)
    {
        await using RunningService service = await StartAsync(PprofAccess.Anyone, networks: null, Secret);
        using var request = new HttpRequestMessage(HttpMethod.Get, Page);
        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        using HttpResponseMessage response = await service.Client.SendAsync(request);
        string text = await response.Content.ReadAsStringAsync();

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("Basic", Assert.Single(response.Headers.WwwAuthenticate).Scheme);
        Assert.Equal(["1"], response.Headers.GetValues("X-Go-Pprof"));
        Assert.Contains("http://pprof:SECRET@host", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ThisMachineNeedsNoSecretAndWhatIsForwardedDoes()
    {
        await using RunningService service = await StartAsync(PprofAccess.Loopback, networks: null, Secret);
        using HttpResponseMessage local = await service.GetAsync(Page);
        using HttpResponseMessage forwarded = await service.SendAsync(HttpMethod.Get, Page, ("X-Forwarded-For", "192.0.2.1"));
        using HttpResponseMessage knowing = await service.SendAsync(
            HttpMethod.Get, Page, ("X-Forwarded-For", "192.0.2.1"), ("Authorization", Basic("pprof", Secret)));

        Assert.Equal(HttpStatusCode.OK, local.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, forwarded.StatusCode);
        Assert.Equal(HttpStatusCode.OK, knowing.StatusCode);
    }

    [Theory]
    [InlineData("127.0.0.0/8", Secret, HttpStatusCode.OK)]
    [InlineData("127.0.0.0/8", "wrong", HttpStatusCode.Unauthorized)]
    [InlineData("10.0.0.0/8", Secret, HttpStatusCode.Forbidden)]
    public async Task WithBothTheSecretIsAskedOfThoseInTheNetworks(string networks, string password, HttpStatusCode expected)
    {
        await using RunningService service = await StartAsync(PprofAccess.Anyone, networks, Secret);
        using HttpResponseMessage response = await GetAsync(service, "pprof", password);

        Assert.Equal(expected, response.StatusCode);
    }

    [Theory]
    [InlineData(null, Secret, HttpStatusCode.OK)]
    [InlineData(null, "wrong", HttpStatusCode.Forbidden)]
    [InlineData("127.0.0.0/8", Secret, HttpStatusCode.OK)]
    [InlineData("10.0.0.0/8", Secret, HttpStatusCode.Forbidden)]
    public async Task TheSecretStandsInThePlaceOfThePolicyAndTheNetworksBesideIt(string? networks, string password, HttpStatusCode expected)
    {
        // No such policy: it admits nobody.
        await using RunningService service = await StartAsync(PprofAccess.Policy, networks, Secret);
        using HttpResponseMessage response = await GetAsync(service, "pprof", password);

        Assert.Equal(expected, response.StatusCode);
    }

    [Fact]
    public async Task AnEmptySecretAdmitsNobody()
    {
        await using RunningService service = await StartAsync(PprofAccess.Anyone, networks: null, secret: "");
        using HttpResponseMessage anonymous = await service.GetAsync(Page);
        using HttpResponseMessage empty = await GetAsync(service, "pprof", "");

        Assert.Equal(HttpStatusCode.Unauthorized, anonymous.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, empty.StatusCode);
    }

    [Fact]
    public async Task APageOfAnotherSiteCannotUseTheSecretThatABrowserKnows()
    {
        await using RunningService service = await StartAsync(PprofAccess.Anyone, networks: null, Secret);
        using HttpResponseMessage response = await service.SendAsync(
            HttpMethod.Get, Page, ("Authorization", Basic("pprof", Secret)), ("Sec-Fetch-Site", "cross-site"));

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task TheListenerOfItsOwnAsksForTheSecretToo()
    {
        await using RunningService service = await RunningService.StartAsync(
            new TestManifest(options => (options.Access, options.ListenUrl) = (PprofAccess.Anyone, "http://127.0.0.1:0")),
            builder => builder.Configuration["Pprof:Secret"] = Secret);
        string served = Assert.Single(service.Log.OfPprof).Text;
        using var client = new HttpClient { BaseAddress = new Uri(served.Split(' ')[2]) };
        using HttpResponseMessage anonymous = await client.GetAsync("heap");
        client.DefaultRequestHeaders.Authorization = AuthenticationHeaderValue.Parse(Basic("pprof", Secret));
        using HttpResponseMessage knowing = await client.GetAsync("heap");

        Assert.EndsWith(" to those who know the secret.", served, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, anonymous.StatusCode);
        Assert.Equal(HttpStatusCode.OK, knowing.StatusCode);
    }

    /// <summary>What is configured so that it admits nobody is no hole in a sentence.</summary>
    [Theory]
    [InlineData(PprofAccess.Loopback, null, null, "this machine only")]
    [InlineData(PprofAccess.Loopback, "10.0.0.0/8", null, "this machine and those who connect from 10.0.0.0/8")]
    [InlineData(PprofAccess.Loopback, "host", null, "this machine only: AllowedNetworks has no network")]
    [InlineData(PprofAccess.Loopback, "host", Secret, "this machine only: AllowedNetworks has no network")]
    [InlineData(PprofAccess.Loopback, null, "", "this machine only: Secret is empty")]
    [InlineData(PprofAccess.Anyone, null, null, "everyone who reaches the port")]
    [InlineData(PprofAccess.Anyone, "host", null, "nobody: AllowedNetworks has no network")]
    [InlineData(PprofAccess.Anyone, null, "", "nobody: Secret is empty")]
    [InlineData(PprofAccess.Anyone, "10.0.0.0/8", "", "nobody: Secret is empty")]
    [InlineData(PprofAccess.Policy, "host", Secret, "nobody: AllowedNetworks has no network")]
    [InlineData(PprofAccess.Policy, null, "", "those whom the authorization policy \"nosuch\" admits")]
    [InlineData(PprofAccess.Policy, "10.0.0.0/8", Secret, "those whom the authorization policy \"nosuch\" admits or who know the secret, from 10.0.0.0/8")]
    public async Task TheLogSaysWhoIsServed(PprofAccess access, string? networks, string? secret, string clients)
    {
        await using RunningService service = await StartAsync(access, networks, secret);
        using HttpResponseMessage _ = await GetAsync(service, "pprof", Secret);

        Assert.EndsWith($"/debug/pprof/ to {clients}.", Served(service), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "nobody: Access is Policy, and AuthorizationPolicy names none")]
    [InlineData("", "nobody: Access is Policy, AuthorizationPolicy names none, and Secret is empty")]
    [InlineData(Secret, "those who know the secret")]
    public async Task WithoutAPolicyTheSecretAloneAdmits(string? secret, string clients)
    {
        await using RunningService service = await RunningService.StartAsync(new TestManifest(options => (options.Access, options.Secret) = (PprofAccess.Policy, secret)));

        Assert.EndsWith($" to {clients}.", Served(service), StringComparison.Ordinal);
        Assert.Equal(secret == Secret ? LogLevel.Information : LogLevel.Warning, service.Log.OfPprof.Single(static entry => entry.Text.StartsWith("pprof serves", StringComparison.Ordinal)).Level);
        Assert.Equal(secret == Secret ? HttpStatusCode.OK : HttpStatusCode.Forbidden, (await GetAsync(service, "pprof", Secret)).StatusCode);
    }

    /// <summary>Who sets it from a variable that is not there has no open door, and is told so.</summary>
    [Fact]
    public async Task AnEmptySecretAdmitsNobodyAndIsWarnedOf()
    {
        await using RunningService service = await StartAsync(PprofAccess.Anyone, networks: null, secret: "");
        using HttpResponseMessage response = await GetAsync(service, "pprof", "");

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal(
            ["The pprof option Secret is empty: nobody is admitted by it. Without the option no secret is asked for."],
            service.Log.OfPprof.Where(static entry => entry.Level == LogLevel.Warning).Select(static entry => entry.Text));
    }

    [Theory]
    [InlineData(PprofAccess.Loopback, 1)]
    [InlineData(PprofAccess.Anyone, 1)]
    [InlineData(PprofAccess.Policy, 0)]
    public async Task APolicyThatNobodyIsAskedForIsWarnedOf(PprofAccess access, int warnings)
    {
        await using RunningService service = await RunningService.StartAsync(
            new TestManifest(options => options.Access = access), builder => builder.Configuration["Pprof:AuthorizationPolicy"] = "operators");

        Assert.Equal(warnings, service.Log.OfPprof.Count(static entry => entry.Level == LogLevel.Warning
            && entry.Text == "The pprof option AuthorizationPolicy is \"operators\", which nobody is asked for: the option Access has to be Policy too."));
    }

    [Fact]
    public async Task NothingThatIsLoggedHasTheSecret()
    {
        await using RunningService service = await RunningService.StartAsync(
            new TestManifest(options => options.Access = PprofAccess.Anyone), builder => builder.Configuration["Pprof:Secret"] = "tr0ub4dor");
        using HttpResponseMessage known = await GetAsync(service, "pprof", "tr0ub4dor");
        using HttpResponseMessage wrong = await GetAsync(service, "pprof", "tr0ub4dorX");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), (known.StatusCode, wrong.StatusCode));
        Assert.Contains(service.Log.OfPprof, static entry => entry.Level == LogLevel.Warning && entry.Text.Contains("Secret has 9 characters", StringComparison.Ordinal));
        Assert.DoesNotContain(service.Log.All, static line => line.Contains("tr0ub4dor", StringComparison.Ordinal));
    }

    private static Task<RunningService> StartAsync(PprofAccess access, string? networks, string? secret) => RunningService.StartAsync(
        new TestManifest(options => (options.Access, options.AllowedNetworks, options.Secret, options.AuthorizationPolicy) = (access, networks, secret, access == PprofAccess.Policy ? "nosuch" : null)));

    private static string Served(RunningService service) =>
        service.Log.OfPprof.Select(static entry => entry.Text).Single(static text => text.StartsWith("pprof serves", StringComparison.Ordinal));

    private static Task<HttpResponseMessage> GetAsync(RunningService service, string user, string password) =>
        service.SendAsync(HttpMethod.Get, Page, ("Authorization", Basic(user, password)));

    private static string Basic(string user, string password) => "Basic " + Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{user}:{password}"));

    private sealed class ConnectedSocket(Socket socket) : IConnectionSocketFeature
    {
        public Socket Socket { get; } = socket;
    }

    private sealed class ConnectionState : IConnectionItemsFeature
    {
        public IDictionary<object, object?> Items { get; set; } = new Dictionary<object, object?>();
    }

    private static DefaultHttpContext From(string? address)
    {
        var context = new DefaultHttpContext();
        context.Request.Protocol = "HTTP/1.1";
        context.Connection.RemoteIpAddress = address is null ? null : IPAddress.Parse(address);
        return context;
    }
}
