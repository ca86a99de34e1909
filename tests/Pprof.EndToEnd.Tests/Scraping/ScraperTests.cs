using System.Net;
using Pprof.Testing;
using Pprof.Testing.Scraping;
using Xunit;

namespace Pprof.EndToEnd.Tests.Scraping;

/// <summary>What engines ask for by default is answered before they lose their patience, by a service that is busy.</summary>
[Collection(nameof(ScrapingCollection))]
public sealed class ScraperTests(ScraperRequests requests)
{
    [ToolTheory(Tools.Linux)]
    [MemberData(nameof(ScraperRequests.All), MemberType = typeof(ScraperRequests))]
    public async Task DefaultRequestIsAnsweredInTime(string engine, string address)
    {
        ScraperRequests.Answer answer = await requests.AnswerAsync(engine, address);

        Assert.Equal((HttpStatusCode.OK, "application/octet-stream"), (answer.Status, answer.ContentType));
        string broken = string.Join('\n', EngineRules.Broken(answer.Profile!));
        Assert.True(broken.Length == 0, broken);
    }
}
