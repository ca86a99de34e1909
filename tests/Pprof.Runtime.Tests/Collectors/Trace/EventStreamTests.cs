using System.Diagnostics;
using System.Diagnostics.Tracing;
using System.Runtime.CompilerServices;
using Microsoft.Diagnostics.Tracing;
using Microsoft.Diagnostics.Tracing.Etlx;
using Pprof.Collectors;
using Pprof.Collectors.Trace;
using Pprof.Profiles;
using Pprof.Runtime.Tests.Sources.Snapshot;
using Pprof.Sources.Trace;
using Pprof.Testing;
using Xunit;

namespace Pprof.Runtime.Tests.Collectors.Trace;

/// <summary>The runtime's own stream of events, of this process. There is one trace at a time.</summary>
[Collection(nameof(SnapshotCollection))]
public sealed class EventStreamTests
{
    private static readonly TimeSpan s_hang = TimeSpan.FromSeconds(60);

    private readonly TraceProfileCollector _collector = new();

    [ToolFact(Tools.Linux)]
    public async Task OthersReadItAndNameItsMethods()
    {
        using var bytes = new MemoryStream();
        await RecordAsync(bytes, async () =>
        {
            for (int i = 0; i < 10; i++)
            {
                TellFromAKnownMethod(i);
                await Task.Yield();
            }
        });

        var told = new List<int>();
        bytes.Position = 0;
        using (var source = new EventPipeEventSource(bytes))
        {
            source.Dynamic.All += data =>
            {
                if (data.ProviderName == KnownSource.ProviderName)
                {
                    told.Add((int)data.PayloadValue(0));
                }
            };
            Assert.True(source.Process());
            Assert.Equal(0, source.EventsLost);
        }

        Assert.Equal(Enumerable.Range(0, 10), told);
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, "trace.nettrace");
        await File.WriteAllBytesAsync(file, bytes.ToArray());
        using var log = new TraceLog(TraceLog.CreateFromEventPipeDataFile(file, Path.Combine(folder.Path, "trace.etlx")));
        TraceEvent[] events = [.. log.Events.Where(static data => data.ProviderName == KnownSource.ProviderName)];
        Assert.Equal(10, events.Length);
        Assert.All(events, static data => Assert.Contains(
            Frames(data.CallStack()), static name => name.StartsWith($"{typeof(EventStreamTests).FullName}.{nameof(TellFromAKnownMethod)}(", StringComparison.Ordinal)));
    }

    [ToolFact(Tools.Linux)]
    public async Task AClientThatHangsUpEndsItAndTheNextCanBegin()
    {
        using var hangUp = new CancellationTokenSource();
        Task first = _collector.WriteEventsAsync(Output(Stream.Null), static stop => Task.Delay(TimeSpan.FromMinutes(5), stop), Arguments(), hangUp.Token);
        await EnabledAsync(true, first);

        await Assert.ThrowsAsync<ProfilerBusyException>(() => _collector.WriteEventsAsync(Output(Stream.Null), static _ => Task.CompletedTask, Arguments(), CancellationToken.None));
        await Assert.ThrowsAsync<ProfilerBusyException>(() => _collector.WriteAsync(Output(Stream.Null), static _ => Task.CompletedTask, TraceContent.Collections, CancellationToken.None));
        await hangUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.WaitAsync(s_hang));
        await EnabledAsync(false, Task.CompletedTask);

        using var bytes = new MemoryStream();
        await RecordAsync(bytes, static () => Task.CompletedTask);
        Assert.StartsWith("Nettrace", System.Text.Encoding.ASCII.GetString(bytes.ToArray(), 0, 8));
    }

    [ToolFact(Tools.Linux)]
    public async Task AClientThatTakesNothingMoreEndsIt()
    {
        using var output = new FailingStream();
        await Assert.ThrowsAsync<IOException>(() => _collector.WriteEventsAsync(
            Output(output), static stop => Task.Delay(TimeSpan.FromMinutes(5), stop), Arguments(), CancellationToken.None).WaitAsync(s_hang));
        await EnabledAsync(false, Task.CompletedTask);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void TellFromAKnownMethod(int number) => KnownSource.Log.Tell(number);

    private static IEnumerable<string> Frames(TraceCallStack? stack)
    {
        for (; stack is not null; stack = stack.Caller)
        {
            yield return stack.CodeAddress.FullMethodName;
        }
    }

    private static StreamOutput Output(Stream bytes) => new(bytes, static (_, _) => throw new InvalidOperationException("it is no trace of the recorder's"));

    private static ProfileArguments Arguments() => new ProfileArguments(new Dictionary<string, long>()).In(
        TraceFormat.Nettrace, new Dictionary<string, string> { ["providers"] = $"{KnownSource.ProviderName}::5", ["keywords"] = "" });

    private async Task RecordAsync(Stream bytes, Func<Task> work)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task recorded = _collector.WriteEventsAsync(Output(bytes), _ => done.Task, Arguments(), CancellationToken.None);
        try
        {
            await EnabledAsync(true, recorded);
            await work();
        }
        finally
        {
            done.TrySetResult();
            await recorded.WaitAsync(s_hang);
        }
    }

    private static async Task EnabledAsync(bool isEnabled, Task recorded)
    {
        long start = Stopwatch.GetTimestamp();
        while (KnownSource.Log.IsEnabled() != isEnabled)
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < s_hang, "the session has not come or gone");
            if (isEnabled && recorded.IsCompleted)
            {
                await recorded;
            }

            await Task.Delay(1);
        }
    }

    [EventSource(Name = ProviderName)]
    private sealed class KnownSource : EventSource
    {
        public const string ProviderName = "Pprof-Tests-EventStream";

        public static readonly KnownSource Log = new();

        [Event(1, Level = EventLevel.Informational)]
        public void Tell(int number) => WriteEvent(1, number);
    }

    private sealed class FailingStream : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            ValueTask.FromException(new IOException("the connection is gone"));
    }
}
