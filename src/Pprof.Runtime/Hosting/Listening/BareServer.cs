using System.Diagnostics;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Pprof.Hosting.Listening;

/// <summary>
/// Kestrel without a host around it, put together as a slim host does it. The public type of Kestrel would do as well, but
/// brings TLS: megabytes in a NativeAOT service whose own server has none.
/// </summary>
internal sealed class BareServer : IWebHostBuilder
{
    private readonly ServiceCollection _services = [];

    private BareServer()
    {
    }

    /// <summary>Makes a server that logs nothing; it ends with the provider.</summary>
    public static ServiceProvider Create()
    {
        var builder = new BareServer();
        builder._services.AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance);
        builder._services.AddMetrics();

        // Which a host gives it, for events of requests that nobody listens to here.
        builder._services.AddSingleton<DiagnosticSource>(static _ => new DiagnosticListener("Pprof"));
        builder.UseKestrelCore().ConfigureKestrel(static options => options.AddServerHeader = false);
        return builder._services.BuildServiceProvider();
    }

    /// <inheritdoc/>
    public IWebHostBuilder ConfigureServices(Action<IServiceCollection> configureServices)
    {
        configureServices(_services);
        return this;
    }

    /// <inheritdoc/>
    public IWebHostBuilder ConfigureServices(Action<WebHostBuilderContext, IServiceCollection> configureServices)
    {
        configureServices(new WebHostBuilderContext(), _services);
        return this;
    }

    /// <inheritdoc/>
    public IWebHostBuilder ConfigureAppConfiguration(Action<WebHostBuilderContext, IConfigurationBuilder> configureDelegate) => this;

    /// <inheritdoc/>
    public string? GetSetting(string key) => null;

    /// <inheritdoc/>
    public IWebHostBuilder UseSetting(string key, string? value) => this;

    /// <inheritdoc/>
#pragma warning disable ASPDEPR008 // The interface has it.
    public IWebHost Build() => throw new NotSupportedException();
#pragma warning restore ASPDEPR008
}
