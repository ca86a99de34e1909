using System.Net;
using Pprof.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Pprof.Package.Tests;

/// <summary>What the viewer costs a NativeAOT service, and that a project can leave it out.</summary>
[Collection(nameof(PackedPackage))]
public sealed class ViewerSwitchTests(PackedPackage package, NativeServices services, ITestOutputHelper output)
{
    private const int MaxBytes = 100 * 1024;

    [ToolFact(Tools.Linux, Tools.NativeCompiler)]
    public async Task AProjectLeavesTheViewerOut()
    {
        FreshService[] published = await Task.WhenAll(
            services.GetAsync(package, "All"), services.GetAsync(package, "All", "<PprofViewer>false</PprofViewer>"));
        (FreshService with, FreshService without) = (published[0], published[1]);
        long cost = with.PublishedSize() - without.PublishedSize();
        output.WriteLine($"With the viewer: {with.PublishedSize()} bytes. Without: {without.PublishedSize()} bytes. Cost: {cost} bytes.");

        Assert.InRange(cost, 1, MaxBytes);
        foreach (string type in new[] { "Pprof_Endpoints_Views_FlamePage", "Pprof_Endpoints_Views_TopPage", "Pprof_Encoding_Views_FrameTree" })
        {
            Assert.Contains(type, await with.PublishedMapAsync());
            Assert.DoesNotContain(type, await without.PublishedMapAsync());
        }

        using RunningService service = await without.StartPublishedAsync();
        foreach (string view in new[] { "flame", "flame.js", "top" })
        {
            using HttpResponseMessage response = await service.Client.GetAsync("/debug/pprof/goroutine?view=" + view);
            Assert.Equal(HttpStatusCode.NotImplemented, response.StatusCode);
            Assert.StartsWith("the viewer is left out of this program", await response.Content.ReadAsStringAsync());
        }

        Assert.DoesNotContain("view=flame", await service.Client.GetStringAsync("/debug/pprof/"));
    }

    [ToolFact(Tools.Linux, Tools.NativeCompiler)]
    public async Task ANativeAotServiceHasTheViewer()
    {
        FreshService fresh = await services.GetAsync(package, "All");
        using RunningService service = await fresh.StartPublishedAsync();

        Assert.Contains("flame.js", await service.Client.GetStringAsync("/debug/pprof/goroutine?view=flame"));
        Assert.NotEmpty(await service.Client.GetByteArrayAsync("/debug/pprof/goroutine?view=flame.js"));
        Assert.StartsWith("{\"profile\":\"goroutine\",", await service.Client.GetStringAsync("/debug/pprof/goroutine?view=flame.json"));
        Assert.Contains("<li>Type: goroutine</li>", await service.Client.GetStringAsync("/debug/pprof/goroutine?view=top"));
    }
}
