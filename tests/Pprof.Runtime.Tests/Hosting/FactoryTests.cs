using System.Net;
using ClassicApplication;
using Microsoft.AspNetCore.Mvc.Testing;
using MinimalApplication;
using Xunit;

namespace Pprof.Runtime.Tests.Hosting;

/// <summary>The endpoints are there in the tests that people write for their applications, each with its own options.</summary>
public sealed class FactoryTests
{
    private const string Minimal = "/minimal/pprof/";
    private const string Classic = "/classic/pprof/";

    [Fact]
    public async Task SecondFactoryServesBesideTheFirstAndAfterIt()
    {
        var first = new WebApplicationFactory<Greeting>();
        await using var second = new WebApplicationFactory<Greeting>();
        using HttpClient firstClient = first.CreateClient();
        using HttpClient secondClient = second.CreateClient();

        await AssertServesAsync(firstClient);
        await AssertServesAsync(secondClient);
        await first.DisposeAsync();
        await AssertServesAsync(secondClient);
        await using var third = new WebApplicationFactory<Greeting>();
        using HttpClient thirdClient = third.CreateClient();
        await AssertServesAsync(thirdClient);
    }

    [Fact]
    public async Task ApplicationsOfOneProcessHaveTheirOwnOptions()
    {
        await using var minimal = new WebApplicationFactory<Greeting>();
        await using var classic = new WebApplicationFactory<Startup>();
        using HttpClient minimalClient = minimal.CreateClient();
        using HttpClient classicClient = classic.CreateClient();

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(minimalClient, Minimal));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(minimalClient, Classic));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(classicClient, Minimal));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(classicClient, Classic));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(classicClient, "/debug/pprof/"));
        Assert.DoesNotContain("threadcreate", await minimalClient.GetStringAsync(Minimal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/base")]
    public async Task StartupClassServesThoseWhomItsPolicyAdmits(string pathBase)
    {
        await using var factory = new WebApplicationFactory<Startup>();
        using HttpClient client = factory.CreateClient();
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(client, pathBase + Classic));
        client.DefaultRequestHeaders.Add("X-Operator", "yes");

        string page = await client.GetStringAsync(pathBase + Classic);
        Assert.Contains($"<title>{pathBase}{Classic}</title>", page, StringComparison.Ordinal);
        Assert.Contains("threadcreate?debug=1", page, StringComparison.Ordinal);
        Assert.Equal("hello", await client.GetStringAsync(pathBase + "/hello"));
    }

    [Fact]
    public async Task HostThatALibraryBuildsServesTheApplicationsTableAndTheLibrarysProfile()
    {
        await using var factory = new WebApplicationFactory<Greeting>();
        using HttpClient client = factory.CreateClient();
        string page = await client.GetStringAsync(Minimal);
        string text = await client.GetStringAsync(Minimal + "library.applications?debug=1");

        Assert.Contains("Applications by who built them.", page, StringComparison.Ordinal);
        Assert.Contains("'profile?debug=1'", page, StringComparison.Ordinal);
        Assert.StartsWith("library.applications profile: total ", text, StringComparison.Ordinal);
        Assert.Contains("HostLibrary.Chassis.Build", text, StringComparison.Ordinal);
    }

    private static async Task AssertServesAsync(HttpClient client)
    {
        Assert.Equal(Greeting.Text, await client.GetStringAsync("/hello"));
        Assert.Contains($"<title>{Minimal}</title>", await client.GetStringAsync(Minimal), StringComparison.Ordinal);
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, string path)
    {
        using HttpResponseMessage response = await client.GetAsync(path);
        return response.StatusCode;
    }
}
