using System.Net;
using System.Text.RegularExpressions;
using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests;

/// <summary>The profile of samples/WebApi's own: orders that are open, by where they were placed.</summary>
public sealed partial class CustomProfileTests(Samples samples) : SampleTests(samples)
{
    private const string OpenOrders = "/debug/pprof/orders.open";
    private const string Adder = "WebApi.OrderService.PlaceAsync";

    // Orders come and go: between two of them there may be none for a moment.
    private const int MaxAttempts = 50;

    [Fact]
    public async Task TheIndexPageListsItWithCountLinkAndDescription()
    {
        RunningService service = await Samples.StartAsync(Samples.WebApi);

        string page = await RepeatUntilAsync(
            () => service.Client.GetStringAsync("/debug/pprof/"),
            page => IndexRow().IsMatch(page));

        Assert.Matches("<div class=profile-name>orders.open: </div> Orders that wait for the warehouse .*</li>", page);
    }

    [ToolFact(Tools.Linux, Tools.Go)]
    public async Task TopNamesTheMethodThatAdded()
    {
        RunningService service = await Samples.StartAsync(Samples.WebApi);

        string top = await RepeatUntilAsync(
            () => Pprof.PrintAsync("-top", service.Url + OpenOrders),
            top => top.Contains(Adder));

        Assert.Contains("Type: orders.open", top);
        Assert.Matches($@"(?m)^\s*[1-9]\d* +100% +100% +[1-9]\d* +100% +{Regex.Escape(Adder)}$", top);
    }

    [ToolFact(Tools.Linux, Tools.Go)]
    public async Task TheTextNamesTheMethodThatAddedAndTheToolReadsIt()
    {
        RunningService service = await Samples.StartAsync(Samples.WebApi);
        string text = await RepeatUntilAsync(
            () => service.Client.GetStringAsync(OpenOrders + "?debug=1"),
            text => text.Contains(Adder));
        string total = TextStart().Match(text).Groups["total"].Value;
        Assert.NotEqual("", total);

        string raw = await Pprof.PrintAsync("-raw", Pprof.Save(text));

        Assert.Contains("orders.open/count", raw);
        long[] counts = [.. RawSample().Matches(raw).Select(sample => long.Parse(sample.Groups["count"].Value))];
        Assert.Equal(long.Parse(total), counts.Sum());
    }

    [Fact]
    public async Task ADifferenceIsRefusedInGosWords()
    {
        RunningService service = await Samples.StartAsync(Samples.WebApi);

        using HttpResponseMessage response = await service.Client.GetAsync(OpenOrders + "?seconds=1");

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("\"seconds\" parameter is not supported for this profile type\n", await response.Content.ReadAsStringAsync());
    }

    private static async Task<string> RepeatUntilAsync(Func<Task<string>> ask, Func<string, bool> isComplete)
    {
        string answer = await ask();
        for (int attempt = 1; !isComplete(answer); attempt++)
        {
            Assert.True(attempt < MaxAttempts, $"No order was open in {attempt} attempts.\n{answer}");
            await Task.Delay(TimeSpan.FromMilliseconds(50));
            answer = await ask();
        }

        return answer;
    }

    [GeneratedRegex(@"<tr><td>[1-9]\d*</td><td><a href='orders\.open\?debug=1'>orders\.open</a></td><td><a href=""orders\.open\?view=flame"">view</a></td></tr>")]
    private static partial Regex IndexRow();

    [GeneratedRegex(@"\Aorders\.open profile: total (?<total>\d+)\n")]
    private static partial Regex TextStart();

    [GeneratedRegex(@"^\s+(?<count>\d+): [1-9]", RegexOptions.Multiline)]
    private static partial Regex RawSample();
}
