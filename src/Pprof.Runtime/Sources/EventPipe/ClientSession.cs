using System.Diagnostics;
using System.Globalization;
using Microsoft.Diagnostics.NETCore.Client;

namespace Pprof.Sources.EventPipe;

/// <summary>One that is opened by the library for all systems.</summary>
internal sealed class ClientSession(EventPipeSession session) : RecordedSession
{
    private const int LookMilliseconds = 100;

    /// <inheritdoc cref="RecordedSession.Open"/>
    public static new ClientSession Open(IReadOnlyList<EventProvider> providers, int bufferMegabytes) =>
        new(SessionOpening.Open([.. providers.Select(AsProvider)], bufferMegabytes, rundown: true));

    /// <inheritdoc/>
    public override int Read(byte[] buffer) => session.EventStream.Read(buffer);

    /// <inheritdoc/>
    public override void Stop(Func<TimeSpan> patience)
    {
        long start = Stopwatch.GetTimestamp();
        using var end = new CancellationTokenSource();
        Task stopped = session.StopAsync(end.Token);
        while (!stopped.Wait(LookMilliseconds))
        {
            if (Stopwatch.GetElapsedTime(start) > patience())
            {
                end.Cancel();
                _ = stopped.ContinueWith(static task => task.Exception, TaskScheduler.Default);
                throw new TimeoutException();
            }
        }
    }

    /// <inheritdoc/>
    public override void Close() => session.EventStream.Dispose();

    /// <inheritdoc/>
    public override void Dispose() => session.Dispose();

    private static EventPipeProvider AsProvider(EventProvider provider) => new(
        provider.Name,
        provider.Level,
        (long)provider.Keywords,
        provider.CounterSeconds is { } seconds
            ? new Dictionary<string, string> { [EventProvider.CounterArgument] = seconds.ToString(CultureInfo.InvariantCulture) }
            : null);
}
