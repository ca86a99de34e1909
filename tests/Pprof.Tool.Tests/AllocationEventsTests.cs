using System.Diagnostics.Tracing;
using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing.Parsers;
using Pprof.Tool.Reading;
using Xunit;

namespace Pprof.Tool.Tests;

/// <summary>What is allocated, by whatever the runtime tells of it: as much as was allocated, once.</summary>
[Collection(nameof(EventsOfThisProcess))]
public sealed class AllocationEventsTests : IDisposable
{
    private const long Ticks = (long)ClrTraceEventParser.Keywords.GC;
    private const long Samples = (long)ClrTraceEventParser.Keywords.AllocationSampling;
    private const long Names = (long)(ClrTraceEventParser.Keywords.Loader | ClrTraceEventParser.Keywords.Jit | ClrTraceEventParser.Keywords.NGen);

    private const int Arrays = 60_000;
    private const int Length = 1000;
    private const double Bytes = (double)Arrays * Length * sizeof(long);

    private static Measured[]? s_last;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(Ticks, "allocation ticks")]
    [InlineData(Samples, "sampled allocations")]
    [InlineData(Ticks | Samples, "sampled allocations")]
    public async Task ARecordingHasWhatWasAllocated(long keywords, string evidence)
    {
        string recording = Path.Combine(_folder.Path, "allocations.nettrace");
        await RecordAsync(recording, keywords, static () => Task.Run(Allocate));
        string file = Path.Combine(_folder.Path, "allocations.pb.gz");
        await ToolRun.PrintAsync("convert", recording, "--profile", "allocs", "-o", file);

        await AssertAllocatedAsync(file, evidence);
    }

    /// <summary>While anybody samples, as the package does, the runtime gives ticks to nobody.</summary>
    [Fact]
    public async Task AProcessThatSamplesItsAllocationsIsCollected()
    {
        string file = Path.Combine(_folder.Path, "allocations.pb.gz");
        await RecordAsync(Path.Combine(_folder.Path, "neighbor.nettrace"), Samples, async () =>
        {
            using var end = new CancellationTokenSource();
            Task allocating = Task.Run(() =>
            {
                while (!end.IsCancellationRequested)
                    Allocate();
            });
            await ToolRun.PrintAsync("collect", Environment.ProcessId.ToString(CultureInfo.InvariantCulture), "--profile", "allocs", "--seconds", "1", "-o", file);
            await end.CancelAsync();
            await allocating;
        });

        Assert.Contains($".{nameof(Allocate)}\n", await ToolRun.PrintAsync("top", "--cum", file), StringComparison.Ordinal);
    }

    private static async Task RecordAsync(string recording, long keywords, Func<Task> work)
    {
        EventPipeProvider[] providers = [new(ClrTraceEventParser.ProviderName, EventLevel.Verbose, keywords | Names)];
        using EventPipeSession session = await new DiagnosticsClient(Environment.ProcessId).StartEventPipeSessionAsync(
            providers, requestRundown: true, circularBufferMB: 256, CancellationToken.None);
        await using FileStream file = File.Create(recording);
        Task copying = session.EventStream.CopyToAsync(file);
        await work();
        await session.StopAsync(CancellationToken.None);
        await copying;
    }

    private static async Task AssertAllocatedAsync(string file, string evidence)
    {
        Proto.Profile profile = (await ProfileFile.LoadAsync(file, CancellationToken.None)).Profile;
        var frames = profile.Location.ToDictionary(
            location => location.Id, location => profile.StringTable[(int)profile.Function.Single(function => function.Id == location.Line[0].FunctionId).Name]);
        Proto.Sample[] arrays = [.. profile.Sample.Where(sample => frames[sample.LocationId[0]].EndsWith("Measured[]", StringComparison.Ordinal))];

        Assert.All(arrays, sample => Assert.EndsWith($".{nameof(Allocate)}", frames[sample.LocationId[1]], StringComparison.Ordinal));
        Assert.InRange(arrays.Sum(sample => sample.Value[1]) / Bytes, 0.9, 1.1);
        Assert.InRange(arrays.Sum(sample => sample.Value[0]) / (double)Arrays, 0.9, 1.1);
        Assert.Contains(profile.Comment, comment => profile.StringTable[(int)comment].Contains(evidence, StringComparison.Ordinal));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Allocate()
    {
        for (int i = 0; i < Arrays; i++)
            s_last = new Measured[Length];
    }

    public struct Measured
    {
        public long Value;
    }
}
