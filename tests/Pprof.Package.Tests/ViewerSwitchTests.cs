using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Pprof.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Pprof.Package.Tests;

/// <summary>What the viewer costs a NativeAOT service, and that a project can leave it out.</summary>
[Collection(nameof(PackedPackage))]
public sealed partial class ViewerSwitchTests(PackedPackage package, NativeServices services, ITestOutputHelper output)
{
    private const int MaxBytes = 64 * 1024;

    [ToolFact(Tools.Linux, Tools.NativeCompiler)]
    public async Task AProjectLeavesTheViewerOut()
    {
        FreshService[] published = await Task.WhenAll(services.WithAllAsync(package), services.WithMutexAloneAsync(package));
        (FreshService with, FreshService without) = (published[0], published[1]);
        int cost = BytesOfViewer(await with.PublishedMapAsync());
        output.WriteLine($"The viewer's code, types and tables: {cost} bytes.");

        Assert.InRange(cost, 1, MaxBytes);
        Assert.Equal(0, BytesOfViewer(await without.PublishedMapAsync()));

        using RunningService service = await without.StartPublishedAsync();
        foreach (string view in new[] { "flame", "flame.js", "top" })
        {
            using HttpResponseMessage response = await service.Client.GetAsync("/debug/pprof/mutex?view=" + view);
            Assert.Equal(HttpStatusCode.NotImplemented, response.StatusCode);
            Assert.StartsWith("the viewer is left out of this program", await response.Content.ReadAsStringAsync());
        }

        Assert.DoesNotContain("view=flame", await service.Client.GetStringAsync("/debug/pprof/"));
    }

    [ToolFact(Tools.Linux, Tools.NativeCompiler)]
    public async Task ANativeAotServiceHasTheViewer()
    {
        FreshService fresh = await services.WithAllAsync(package);
        using RunningService service = await fresh.StartPublishedAsync();

        Assert.Contains("flame.js", await service.Client.GetStringAsync("/debug/pprof/goroutine?view=flame"));
        Assert.NotEmpty(await service.Client.GetByteArrayAsync("/debug/pprof/goroutine?view=flame.js"));
        Assert.StartsWith("{\"profile\":\"goroutine\",", await service.Client.GetStringAsync("/debug/pprof/goroutine?view=flame.json"));
        Assert.Contains("<li>Type: goroutine</li>", await service.Client.GetStringAsync("/debug/pprof/goroutine?view=top"));
    }

    private static int BytesOfViewer(string map) => ViewerNode().Matches(map).Sum(static node => int.Parse(node.Groups[1].Value, CultureInfo.InvariantCulture));

    [GeneratedRegex("<\\w+ Name=\"[^\"]*Pprof_(?:Endpoints|Encoding)_Views_(?:FlamePage|TopPage|FrameTree)[^\"]*\" Length=\"(\\d+)\"")]
    private static partial Regex ViewerNode();
}
