using System.IO.Compression;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Pprof.Testing;
using Pprof.Tool.Proto;

namespace Pprof.EndToEnd.Tests.Scraping;

/// <summary>A sample with all waits sampled from the start, while its customers keep it busy.</summary>
internal sealed partial class ScrapedService : IDisposable
{
    private const int Customers = 4;

    private static readonly string[] s_rates = ["--Pprof:MutexProfileFraction=1", "--Pprof:BlockProfileRate=1"];

    private readonly CancellationTokenSource _closing = new();
    private readonly RunningService _service;
    private readonly Task[] _customers;

    private ScrapedService(RunningService service, Func<HttpClient, CancellationToken, Task> customer)
    {
        _service = service;
        _customers = [.. Enumerable.Range(0, Customers).Select(_ => customer(Client, _closing.Token))];
    }

    /// <summary>Where it listens.</summary>
    public string Url => _service.Url;

    /// <summary>The client of those who scrape.</summary>
    public HttpClient Client => _service.Client;

    /// <summary>Starts samples/WebApi, from which customers order.</summary>
    public static async Task<ScrapedService> StartAsync() => new(await Samples.StartWebApiAsync(environment: null, s_rates), OrderAsync);

    /// <summary>Starts samples/AotService, of which customers want to know the weather.</summary>
    public static async Task<ScrapedService> StartNativeAsync()
    {
        string published = await NativePrograms.FolderOfAsync(Samples.AotService);
        return new ScrapedService(await RunningService.StartAsync(Path.Combine(published, Samples.AotService), s_rates, published), AskForWeatherAsync);
    }

    /// <summary>The names on the index page but for those that are no profiles.</summary>
    public static async Task<IReadOnlyList<string>> NamesAsync(HttpClient client) =>
    [
        .. Row().Matches(await client.GetStringAsync("/debug/pprof/"))
            .Select(static row => row.Groups["name"].Value)
            .Except(["cmdline", "symbol", "trace"]),
    ];

    /// <summary>A profile as it is answered.</summary>
    public static async Task<Profile> ParseAsync(HttpResponseMessage response)
    {
        await using var unzipped = new GZipStream(await response.Content.ReadAsStreamAsync(), CompressionMode.Decompress);
        return Profile.Parser.ParseFrom(unzipped);
    }

    public void Dispose()
    {
        _closing.Cancel();
        try
        {
            Task.WaitAll(_customers);
        }
        catch (AggregateException failure)
        {
            failure.Handle(static exception => exception is OperationCanceledException);
        }

        _service.Dispose();
        _closing.Dispose();
    }

    private static async Task OrderAsync(HttpClient client, CancellationToken closing)
    {
        int[] products = [.. (await client.GetFromJsonAsync<Product[]>("/products", closing))!.Select(static product => product.Id)];
        while (true)
        {
            int product = products[Random.Shared.Next(products.Length)];
            using HttpResponseMessage quote = await client.GetAsync($"/quote/{product}?quantity=7", closing);
            using HttpResponseMessage order = await client.PostAsJsonAsync("/orders", new Order(product, 7), closing);
            order.EnsureSuccessStatusCode();
        }
    }

    private static async Task AskForWeatherAsync(HttpClient client, CancellationToken closing)
    {
        while (true)
        {
            using HttpResponseMessage forecast = await client.GetAsync("/forecast?days=2", closing);
            using HttpResponseMessage readings = await client.GetAsync("/readings", closing);
            readings.EnsureSuccessStatusCode();
        }
    }

    [GeneratedRegex(@"<tr><td>\d+</td><td><a href='[^']+'>(?<name>[^<]+)</a>")]
    private static partial Regex Row();

    private sealed record Product(int Id);

    private sealed record Order(int ProductId, int Quantity);
}
