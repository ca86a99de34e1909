using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using Pprof.Endpoints;
using Pprof.Symbols;
using Xunit;

namespace Pprof.Runtime.Tests.Endpoints;

public sealed class SymbolRequestTests : IAsyncLifetime
{
    private const string Path = "/debug/pprof/symbol";

    private RunningService _service = null!;

    public async Task InitializeAsync() => _service = await RunningService.StartAsync(new TestManifest());

    public async Task DisposeAsync() => await _service.DisposeAsync();

    [Theory]
    [InlineData("")]
    [InlineData("?")]
    [InlineData("?0")]
    [InlineData("?junk+more%20junk")]
    [InlineData("?0x99+0x98+++")]
    [InlineData("?0xffffffffffffffff+0x10000000000000000")]
    [InlineData("?-1")]
    public async Task UnknownAddressesAreSkipped(string query)
    {
        Assert.Equal("num_symbols: 1\n", await _service.BodyAsync(Path + query));
    }

    [LinuxFact]
    public async Task KnownAddressesAreNamedInTheOrderOfTheRequest()
    {
        (ulong address, string name) = KnownAddress();
        string hex = address.ToString("x", CultureInfo.InvariantCulture);
        string answer = $"num_symbols: 1\n0x{hex} {name}\n0x{hex} {name}\n";

        Assert.Equal(answer, await _service.BodyAsync($"{Path}?0x{hex}+0x99+{address}"));
        Assert.Equal(answer, await PostAsync($"0x{hex.ToUpperInvariant()}+0x99+{address}"));
    }

    [LinuxFact]
    public async Task BodyCountsInsteadOfTheQuery()
    {
        (ulong address, _) = KnownAddress();
        using HttpResponseMessage response = await _service.Client.PostAsync($"{Path}?{address}", new StringContent("0x99"));

        Assert.Equal("num_symbols: 1\n", await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData(4095, "num_symbols: 1\n")]
    [InlineData(4096, "num_symbols: 1\nreading request: bufio: buffer full\n")]
    [InlineData(100_000, "num_symbols: 1\nreading request: bufio: buffer full\n")]
    public async Task LongTokenEndsTheAnswer(int length, string answer)
    {
        Assert.Equal(answer, await PostAsync("0x99+" + new string('1', length) + "+0x99"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task BodyHasABound(bool chunked)
    {
        HttpContent content = new ByteArrayContent(new byte[SymbolRequest.MaxBodyLength + 1]);
        using var request = new HttpRequestMessage(HttpMethod.Post, Path) { Content = content };
        request.Headers.TransferEncodingChunked = chunked;
        using HttpResponseMessage response = await _service.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Equal(["1"], response.Headers.GetValues("X-Go-Pprof"));
    }

    private async Task<string> PostAsync(string body)
    {
        using HttpResponseMessage response = await _service.Client.PostAsync(Path, new StringContent(body));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsStringAsync();
    }

    /// <summary>An address in a function of the C library.</summary>
    private static (ulong Address, string Name) KnownAddress()
    {
        nint function = NativeLibrary.GetExport(NativeLibrary.Load("libc.so.6"), "getenv");
        FrameSymbol? symbol = Symbolizer.Create().Resolve((nuint)function + 1);
        Assert.NotNull(symbol);
        return ((ulong)function + 1, symbol.Name);
    }
}
