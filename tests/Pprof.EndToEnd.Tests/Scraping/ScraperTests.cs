using System.Net;
using Pprof.Testing;
using Pprof.Testing.Scraping;
using Xunit;

namespace Pprof.EndToEnd.Tests.Scraping;

/// <summary>What engines ask for is answered before they lose their patience, by a service that is busy.</summary>
[Collection(nameof(ScrapingCollection))]
public sealed class ScraperTests(ScraperRequests requests)
{
    [ToolTheory(Tools.Linux)]
    [MemberData(nameof(ScraperRequests.All), MemberType = typeof(ScraperRequests))]
    public async Task AnEngineIsAnsweredInTime(string engine, string address) => AssertTaken(await requests.AloneAsync(engine, address));

    [ToolTheory(Tools.Linux)]
    [MemberData(nameof(ScraperRequests.AtOnce), MemberType = typeof(ScraperRequests))]
    public async Task SoAreAllThatAskAtTheSameTime(string engine, string address) => AssertTaken(await requests.TogetherAsync(engine, address));

    private static void AssertTaken(ScraperRequests.Answer answer)
    {
        Assert.Equal((HttpStatusCode.OK, "application/octet-stream"), (answer.Status, answer.ContentType));
        string broken = string.Join('\n', EngineRules.Broken(answer.Profile!));
        Assert.True(broken.Length == 0, broken);
    }
}
