using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Pprof.Runtime.Tests.Endpoints;
using Xunit;

namespace Pprof.Runtime.Tests.Hosting;

/// <summary>The pprof tool speaks HTTP/1.1.</summary>
public sealed class Http2Tests
{
    [Fact]
    public Task SettingOfTheGrpcTemplateIsWarnedOf() =>
        AssertWarnedAsync(builder => builder.Configuration["Kestrel:EndpointDefaults:Protocols"] = "Http2");

    [Fact]
    public Task DefaultsInCodeAreWarnedOf() =>
        AssertWarnedAsync(builder => builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http2)));

    [Fact]
    public Task EndpointInCodeIsWarnedOf() =>
        AssertWarnedAsync(builder => builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.Protocols = HttpProtocols.Http2)));

    [Fact]
    public Task EndpointOfTheConfigurationIsWarnedOf() =>
        AssertWarnedAsync(builder =>
        {
            builder.Configuration["Kestrel:Endpoints:Grpc:Url"] = "http://127.0.0.1:0";
            builder.Configuration["Kestrel:Endpoints:Grpc:Protocols"] = "Http2";
        });

    [Fact]
    public async Task AddressThatSpeaksHttp1BesideOneThatDoesNotIsTheOneThatIsNamed()
    {
        await using RunningService service = await RunningService.StartAsync(
            new TestManifest(),
            builder => builder.WebHost.ConfigureKestrel(kestrel =>
            {
                kestrel.Listen(IPAddress.Loopback, 0);
                kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.Protocols = HttpProtocols.Http2);
            }));
        (LogLevel level, string text) = Assert.Single(service.Log.OfPprof);

        Assert.Equal(LogLevel.Information, level);
        Assert.Equal($"pprof serves {service.Client.BaseAddress}debug/pprof/ to this machine only.", text);
    }

    private static async Task AssertWarnedAsync(Action<WebApplicationBuilder> configure)
    {
        await using RunningService service = await RunningService.StartAsync(new TestManifest(), configure);
        (LogLevel _, string warning) = Assert.Single(service.Log.OfPprof, entry => entry.Level == LogLevel.Warning);

        Assert.Contains(service.Client.BaseAddress!.ToString().TrimEnd('/'), warning, StringComparison.Ordinal);
        Assert.Contains("Pprof:ListenUrl", warning, StringComparison.Ordinal);
    }
}
