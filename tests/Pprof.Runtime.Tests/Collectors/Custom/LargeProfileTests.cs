using System.Diagnostics;
using System.IO.Compression;
using Microsoft.Extensions.DependencyInjection;
using Pprof.CompilerServices;
using Pprof.Runtime.Tests.Endpoints;
using Pprof.Tool.Proto;
using Xunit;
using Xunit.Abstractions;
using ProfileShape = Pprof.Profiles.ProfileShape;

namespace Pprof.Runtime.Tests.Collectors.Custom;

/// <summary>A profile with a million values.</summary>
[Collection(nameof(LargeProfileCollection))]
public sealed class LargeProfileTests(ITestOutputHelper output)
{
    private const int Threads = 4;
    private const int ValuesOfAThread = 250_000;
    private const int Values = Threads * ValuesOfAThread;
    private const long Megabyte = 1 << 20;

    private readonly CustomProfile _profile = new("large");

    [Fact]
    public async Task MillionValuesAreCountedAndServedAndTheirMemoryIsGivenBack()
    {
        await using RunningService service = await RunningService.StartAsync(configure: builder => builder.Services.AddSingleton(Manifest()));
        await service.BodyAsync("/debug/pprof/large?debug=1");
        long before = GC.GetTotalMemory(forceFullCollection: true);

        await OnThreadsAsync(value => _profile.Add(value));
        long with = GC.GetTotalMemory(forceFullCollection: true);
        Assert.Equal(Values, _profile.Count);

        long started = Stopwatch.GetTimestamp();
        Assert.Equal(Values, await ServedValuesAsync(service));
        Assert.StartsWith($"large profile: total {Values}\n", await service.BodyAsync("/debug/pprof/large?debug=1"), StringComparison.Ordinal);
        TimeSpan served = Stopwatch.GetElapsedTime(started);

        await OnThreadsAsync(value => Assert.True(_profile.Remove(value)));
        long after = GC.GetTotalMemory(forceFullCollection: true);
        output.WriteLine($"Bytes a value: {(with - before) / Values}. Served in {served}. Left: {after - before} bytes.");

        Assert.Equal(0, _profile.Count);
        Assert.Equal(0, await ServedValuesAsync(service));
        Assert.InRange(with - before, 32 * Megabyte, 256 * Megabyte);
        Assert.InRange(after - before, long.MinValue, 8 * Megabyte);
    }

    private static Task OnThreadsAsync(Action<int> action) => Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Factory.StartNew(
        () =>
        {
            for (int i = 0; i < ValuesOfAThread; i++)
            {
                action((thread * ValuesOfAThread) + i);
            }
        },
        TaskCreationOptions.LongRunning)));

    private static async Task<long> ServedValuesAsync(RunningService service)
    {
        await using Stream body = await service.Client.GetStreamAsync("/debug/pprof/large");
        await using var unzipped = new GZipStream(body, CompressionMode.Decompress);
        return Profile.Parser.ParseFrom(unzipped).Sample.Sum(sample => sample.Value[0]);
    }

    private PprofManifest Manifest() => new()
    {
        Configure = _ => { },
        Profiles =
        [
            new ProfileDescriptor
            {
                Name = _profile.Name,
                Href = _profile.Name,
                Description = "",
                Shape = ProfileShape.Counting(_profile.Name),
                Forms = ProfileForms.None,
                Flag = PprofProfiles.None,
                Collector = () => ProfileCollectors.Custom(_profile),
            },
        ],
    };
}
