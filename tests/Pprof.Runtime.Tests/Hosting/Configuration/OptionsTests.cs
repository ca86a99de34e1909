using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Pprof.Hosting;
using Pprof.Runtime.Tests.Endpoints;
using Xunit;

namespace Pprof.Runtime.Tests.Hosting.Configuration;

/// <summary>What the attribute set is changed by the configuration, and both by code.</summary>
public sealed class OptionsTests
{
    [Fact]
    public async Task ConfigurationComesAfterTheAttributeAndCodeComesLast()
    {
        await using RunningService service = await RunningService.StartAsync(
            new TestManifest(options => (options.Path, options.CpuProfileRate, options.AuthorizationPolicy) = ("/attribute", 1, "attribute")),
            builder =>
            {
                builder.Services.AddPprof(options => options.AuthorizationPolicy = "code");
                builder.Configuration["Pprof:AuthorizationPolicy"] = "configuration";
                builder.Configuration["Pprof:CpuProfileRate"] = "2";
            });
        PprofOptions options = service.Services.GetRequiredService<IOptions<PprofOptions>>().Value;

        Assert.Equal("/attribute", options.Path);
        Assert.Equal(2, options.CpuProfileRate);
        Assert.Equal("code", options.AuthorizationPolicy);
    }

    [Fact]
    public void EveryOptionCanBeConfigured()
    {
        PprofOptions options = Configured(
            out _,
            ("Path", "ops/pprof/"), ("ListenUrl", "http://localhost:6060"), ("Profiles", "none"), ("Access", "policy"), ("AuthorizationPolicy", "ops"), ("CpuProfileRate", "250"), ("ThreadCreation", "true"), ("MaxProfileSamples", "0"), ("MaxProfileBytes", "7"), ("AllowedNetworks", "10.0.0.0/8, 192.0.2.7"), ("Secret", "correct horse battery"));

        Assert.Equal("/ops/pprof", options.Path);
        Assert.Equal("http://localhost:6060", options.ListenUrl);
        Assert.Equal(PprofProfiles.None, options.Profiles);
        Assert.Equal(PprofAccess.Policy, options.Access);
        Assert.Equal("ops", options.AuthorizationPolicy);
        Assert.Equal(250, options.CpuProfileRate);
        Assert.True(options.ThreadCreation);
        Assert.Equal((0, 7), (options.MaxProfileSamples, options.MaxProfileBytes));
        Assert.Equal(("10.0.0.0/8, 192.0.2.7", "correct horse battery"), (options.AllowedNetworks, options.Secret));
    }

    [Theory]
    [InlineData("Path", "/", "/debug/pprof")]
    [InlineData("Path", "", "/debug/pprof")]
    [InlineData("Path", "/a?b", "/debug/pprof")]
    [InlineData("Path", "/a//b", "/debug/pprof")]
    [InlineData("Path", "/{a}", "/debug/pprof")]
    [InlineData("CpuProfileRate", "0", "100")]
    [InlineData("CpuProfileRate", "1001", "100")]
    [InlineData("CpuProfileRate", "fast", "100")]
    [InlineData("Access", "Evryone", "Loopback")]
    [InlineData("Access", "17", "Loopback")]
    [InlineData("Profiles", "Gpu", "All")]
    [InlineData("ThreadCreation", "on", "False")]
    [InlineData("MaxProfileSamples", "-77", "16000")]
    [InlineData("GoroutineAsync", "-3", "1")]
    [InlineData("AllowedNetworks", "10.0.0.0/8, 10.0.0.1/8, host, 192.0.2.7", "10.0.0.0/8, 192.0.2.7")]
    [InlineData("AllowedNetworks", "host", "")]
    [InlineData("AllowedNetworks", " ", "")]
    [InlineData("MaxProfileBytes", "3000000000", "4194304")]
    [InlineData("MaxProfileBytes", "4 MiB", "4194304")]
    public void ValueThatCannotWorkIsReplacedWithAWarning(string option, string value, string replacement)
    {
        PprofOptions options = Configured(out RecordingLog log, (option, value));

        Assert.Equal(
            replacement,
            option switch
            {
                "Path" => options.Path,
                "CpuProfileRate" => $"{options.CpuProfileRate}",
                "Access" => $"{options.Access}",
                "ThreadCreation" => $"{options.ThreadCreation}",
                "MaxProfileSamples" => $"{options.MaxProfileSamples}",
                "GoroutineAsync" => $"{options.GoroutineAsync}",
                "MaxProfileBytes" => $"{options.MaxProfileBytes}",
                "AllowedNetworks" => options.AllowedNetworks,
                _ => $"{options.Profiles}",
            });
        (LogLevel level, string text) = Assert.Single(log.OfPprof);
        Assert.Equal(LogLevel.Warning, level);
        Assert.StartsWith($"The pprof option {option} is ", text, StringComparison.Ordinal);
        Assert.Contains($"\"{value}\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\"\" is used", text, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatCodeSetsIsQuotedToo()
    {
        PprofOptions options = Configured(options => options.MaxProfileBytes = -77, out RecordingLog log);

        Assert.Equal(4 << 20, options.MaxProfileBytes);
        Assert.Equal(
            "The pprof option MaxProfileBytes is a number of bytes from 0 to 2147483647 and cannot be \"-77\"; \"4194304\" is used.",
            Assert.Single(log.OfPprof).Text);
    }

    [Fact]
    public void NetworksMayBeAnArray() => Assert.Equal(
        "10.0.0.0/8, 192.0.2.7", Configured(out _, ("AllowedNetworks:0", "10.0.0.0/8"), ("AllowedNetworks:1", "192.0.2.7")).AllowedNetworks);

    [Fact]
    public void AKeyThatIsNoOptionIsWarnedOfWithThoseThatThereAre()
    {
        Configured(out RecordingLog log, ("CpuProfilRate", "250"), ("cpuprofilerate", "250"));

        (LogLevel level, string text) = Assert.Single(log.OfPprof);
        Assert.Equal(LogLevel.Warning, level);
        Assert.StartsWith("The configuration has Pprof:CpuProfilRate, which is no option of pprof.", text, StringComparison.Ordinal);
        Assert.All(typeof(PprofOptions).GetProperties(), property => Assert.Contains(property.Name, text, StringComparison.Ordinal));
    }

    [Fact]
    public void WordThatIsNotUnderstoodClosesTheDoor()
    {
        PprofOptions options = Configured(options => options.Access = PprofAccess.Anyone, out _, ("Access", "Polcy"));

        Assert.Equal(PprofAccess.Loopback, options.Access);
    }

    [Fact]
    public async Task PathAndProfilesAndRateAndAccessFollowTheConfiguration()
    {
        var manifest = new TestManifest();
        IConfigurationRoot? configuration = null;
        await using RunningService service = await RunningService.StartAsync(manifest, builder => configuration = builder.Configuration, app =>
        {
            app.UsePathBase("/base");
            app.MapGet("/hello", () => "hello");
        });
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(service, "/base/debug/pprof/profile"));
        configuration!["Pprof:Path"] = "/moved";
        configuration["Pprof:CpuProfileRate"] = "7";
        configuration.Reload();

        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(service, "/debug/pprof/"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(service, "/base/debug/pprof/"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(service, "/base/moved/"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(service, "/moved/profile"));
        Assert.Equal(7, manifest.Cpu.Rate);
        configuration["Pprof:Profiles"] = "None";
        configuration.Reload();
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(service, "/moved/profile"));
        Assert.DoesNotContain("'profile?", await service.BodyAsync("/moved/"), StringComparison.Ordinal);
        configuration["Pprof:Access"] = "Policy";
        configuration.Reload();
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(service, "/moved/"));
    }

    [Fact]
    public async Task AddPprofTwiceAddsOneMiddleware()
    {
        await using RunningService service = await RunningService.StartAsync(new TestManifest(), builder => builder.Services.AddPprof().AddPprof());

        Assert.Single(service.Services.GetServices<IHostedService>(), hosted => hosted.GetType().Namespace == "Pprof.Hosting");
        Assert.Single(service.Log.OfPprof);
    }

    [Fact]
    public async Task AddPprofWithoutTheAttributeWarns()
    {
        using IHost host = Host.CreateDefaultBuilder()
            .ConfigureServices(services =>
            {
                RecordingLog.AddTo(services);
                services.AddSingleton(PprofServices.EmptyManifest);
                services.AddPprof();
            })
            .Build();
        await host.StartAsync();

        (LogLevel level, string text) = Assert.Single(host.Services.GetRequiredService<RecordingLog>().OfPprof);
        Assert.Equal(LogLevel.Warning, level);
        Assert.Contains("[assembly: EnablePprof]", text, StringComparison.Ordinal);
        await host.StopAsync();
    }

    [Fact]
    public async Task WorkerWithoutAListenerSaysHowToGetOne()
    {
        using IHost host = Host.CreateDefaultBuilder().ConfigureServices(services => RunningService.AddTo(services, new TestManifest())).Build();
        await host.StartAsync();

        Assert.Contains("ListenUrl", Assert.Single(host.Services.GetRequiredService<RecordingLog>().OfPprof).Text, StringComparison.Ordinal);
        await host.StopAsync();
    }

    private static PprofOptions Configured(out RecordingLog log, params (string Key, string Value)[] section) =>
        Configured(_ => { }, out log, section);

    private static PprofOptions Configured(Action<PprofOptions> attribute, out RecordingLog log, params (string Key, string Value)[] section)
    {
        var services = new ServiceCollection();
        RunningService.AddTo(services, new TestManifest(attribute));
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder()
            .AddInMemoryCollection(section.Select(item => KeyValuePair.Create("Pprof:" + item.Key, (string?)item.Value)))
            .Build());
        services.AddPprof();
        ServiceProvider provider = services.BuildServiceProvider();
        log = provider.GetRequiredService<RecordingLog>();
        return provider.GetRequiredService<IOptions<PprofOptions>>().Value;
    }

    private static async Task<HttpStatusCode> StatusAsync(RunningService service, string path)
    {
        using HttpResponseMessage response = await service.GetAsync(path);
        return response.StatusCode;
    }
}
