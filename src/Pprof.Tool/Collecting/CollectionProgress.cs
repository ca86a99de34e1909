using System.Diagnostics;
using System.Globalization;

namespace Pprof.Tool.Collecting;

/// <summary>Says how long a collection still takes: a bar that is written over on a terminal, one line elsewhere.</summary>
internal sealed class CollectionProgress : IAsyncDisposable
{
    private const int Width = 30;

    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(250);

    private readonly CancellationTokenSource _end = new();
    private Task _writing = Task.CompletedTask;

    private CollectionProgress()
    {
    }

    /// <summary>Begins. The end is when the object is disposed.</summary>
    /// <param name="source">What is asked.</param>
    /// <param name="seconds">The seconds that it takes; 0 where it is there at once.</param>
    /// <param name="console">Where it is said.</param>
    public static CollectionProgress Start(string source, int seconds, ToolConsole console)
    {
        var progress = new CollectionProgress();
        string duration = seconds > 0 ? string.Create(CultureInfo.InvariantCulture, $" for {seconds} s") : "";
        console.Error.WriteLine($"collecting {source}{duration}");
        if (console.IsTerminal && seconds > 0)
        {
            progress._writing = progress.WriteAsync(seconds, console.Error);
        }

        return progress;
    }

    /// <summary>The line after some time.</summary>
    public static string Line(double elapsedSeconds, int seconds)
    {
        int done = (int)(Math.Clamp(elapsedSeconds / seconds, 0, 1) * Width);
        double left = Math.Ceiling(seconds - elapsedSeconds);
        string text = left > 0 ? string.Create(CultureInfo.InvariantCulture, $"{left,4:0} s left") : "waiting for the answer";
        return $"[{new string('#', done)}{new string('-', Width - done)}] {text}";
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _writing;
        _end.Dispose();
    }

    private async Task WriteAsync(int seconds, TextWriter writer)
    {
        int longest = 0;
        var watch = Stopwatch.StartNew();
        while (!_end.IsCancellationRequested)
        {
            string line = Line(watch.Elapsed.TotalSeconds, seconds);
            longest = Math.Max(longest, line.Length);
            await writer.WriteAsync('\r' + line.PadRight(longest));
            await writer.FlushAsync(CancellationToken.None);
            await Task.Delay(s_interval, _end.Token).ContinueWith(static _ => { }, TaskScheduler.Default);
        }

        await writer.WriteAsync('\r' + new string(' ', longest) + '\r');
    }
}
