using System.Globalization;
using Microsoft.Diagnostics.NETCore.Client;
using Pprof.Tool.Converting;

namespace Pprof.Tool.Collecting;

/// <summary>Records the events of a process on this machine, through the diagnostic port that every .NET process has.</summary>
internal static class ProcessCollector
{
    private const int BufferMegabytes = 256;

    /// <summary>
    /// Writes what a profile is made of to <paramref name="file"/>, for some seconds, or until the token is cancelled: what
    /// there is then is kept.
    /// </summary>
    /// <exception cref="ToolException">The process cannot be asked.</exception>
    public static async Task CollectAsync(
        int id, EventProfile profile, int seconds, string file, ToolConsole console, CancellationToken cancellationToken)
    {
        try
        {
            var client = new DiagnosticsClient(id);
            using EventPipeSession session = await client.StartEventPipeSessionAsync(
                EventProfiles.ProvidersOf(profile), requestRundown: true, BufferMegabytes, cancellationToken);
            await using (FileStream output = File.Create(file))
            {
                Task copying = session.EventStream.CopyToAsync(output, CancellationToken.None);
                string source = string.Create(CultureInfo.InvariantCulture, $"process {id}, profile {EventProfiles.NameOf(profile)},");
                await using (CollectionProgress.Start(source, seconds, console))
                {
                    // It ends early with the process, or because the user has seen enough.
                    await Task.WhenAny(copying, Task.Delay(TimeSpan.FromSeconds(seconds), cancellationToken));
                }

                await StopAsync(session, copying);
                await copying;
            }
        }
        catch (Exception exception) when (exception is DiagnosticsClientException or TimeoutException or IOException)
        {
            throw new ToolException(
                string.Create(CultureInfo.InvariantCulture, $"process {id} cannot be asked: it is no .NET process, of another user, or runs without diagnostics ({exception.Message})"),
                exception);
        }
    }

    private static async Task StopAsync(EventPipeSession session, Task copying)
    {
        try
        {
            await session.StopAsync(CancellationToken.None);
        }
        catch (Exception exception) when (copying.IsCompleted && exception is DiagnosticsClientException or IOException)
        {
            // The process has ended: what it sent is there.
        }
    }
}
