using System.IO.Compression;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Pprof.Testing;
using Pprof.Tool.Proto;

namespace Pprof.EndToEnd.Tests.Scraping;

/// <summary>samples/WebApi with all waits sampled from the start, while customers order from it.</summary>
internal sealed partial class ScrapedService : IDisposable
{
    private const int Customers = 4;

    private readonly CancellationTokenSource _closing = new();
    private readonly RunningService _service;
    private readonly Task[] _customers;

    private ScrapedService(RunningService service)
    {
        _service = service;
        _customers = [.. Enumerable.Range(0, Customers).Select(_ => OrderAsync(_closing.Token))];
    }

    /// <summary>The client of those who scrape.</summary>
    public HttpClient Client => _service.Client;

    /// <summary>Starts it.</summary>
    public static async Task<ScrapedService> StartAsync()
    {
        string assembly = Samples.AssemblyOf(Samples.WebApi);
        return new ScrapedService(await RunningService.StartAsync(
            DotNet.Path, [assembly, "--Pprof:MutexProfileFraction=1", "--Pprof:BlockProfileRate=1"], Path.GetDirectoryName(assembly)));
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

    private async Task OrderAsync(CancellationToken closing)
    {
        int[] products = [.. (await Client.GetFromJsonAsync<Product[]>("/products", closing))!.Select(static product => product.Id)];
        while (true)
        {
            int product = products[Random.Shared.Next(products.Length)];
            using HttpResponseMessage quote = await Client.GetAsync($"/quote/{product}?quantity=7", closing);
            using HttpResponseMessage order = await Client.PostAsJsonAsync("/orders", new Order(product, 7), closing);
            order.EnsureSuccessStatusCode();
        }
    }

    [GeneratedRegex(@"<tr><td>\d+</td><td><a href='[^']+'>(?<name>[^<]+)</a>")]
    private static partial Regex Row();

    private sealed record Product(int Id);

    private sealed record Order(int ProductId, int Quantity);
}
