using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Pprof.Testing;

/// <summary>A service in a process of its own, on a port that the system chose.</summary>
internal sealed partial class RunningService : IDisposable
{
    private readonly System.Diagnostics.Process _process;
    private readonly Regex _listeningLine;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly TaskCompletionSource<string> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private RunningService(ProcessStartInfo start, Regex listeningLine)
    {
        _listeningLine = listeningLine;
        Client = new HttpClient { Timeout = TimeSpan.FromMinutes(3) };
        _process = new System.Diagnostics.Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Read(line.Data);
        _process.ErrorDataReceived += (_, line) => Read(line.Data);
        _process.Exited += (_, _) => _listening.TrySetException(
            new InvalidOperationException($"{start.FileName} ended before it listened.\n{Output}"));
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Where it listens, such as <c>http://127.0.0.1:41234</c>.</summary>
    public string Url { get; private set; } = "";

    /// <summary>Its id in the system.</summary>
    public int ProcessId => _process.Id;

    /// <summary>A client whose relative addresses start at <see cref="Url"/>.</summary>
    public HttpClient Client { get; }

    /// <summary>What it printed so far.</summary>
    public string Output => string.Join('\n', _output);

    /// <summary>Starts a web service and waits until it says where it listens.</summary>
    public static Task<RunningService> StartAsync(
        string file, IEnumerable<string> arguments, string? folder = null, IReadOnlyDictionary<string, string>? environment = null) =>
        StartAsync(file, [.. arguments, "--urls", "http://127.0.0.1:0"], folder, ListeningLine(), environment);

    /// <summary>Starts a program and waits until it prints a line that has its address in the first group.</summary>
    public static async Task<RunningService> StartAsync(
        string file,
        IEnumerable<string> arguments,
        string? folder,
        Regex listening,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        var service = new RunningService(ChildProcess.Describe(file, arguments, folder, environment), listening);
        try
        {
            service.Url = await service._listening.Task.WaitAsync(TimeSpan.FromMinutes(1));
            service.Client.BaseAddress = new Uri(service.Url);
            return service;
        }
        catch
        {
            service.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Client.Dispose();
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);

        _process.WaitForExit();
        _process.Dispose();
    }

    /// <summary>What a web service prints when it listens.</summary>
    [GeneratedRegex(@"Now listening on: (http://\S+)")]
    public static partial Regex ListeningLine();

    private void Read(string? line)
    {
        if (line is null)
            return;

        _output.Enqueue(line);
        if (_listeningLine.Match(line) is { Success: true } match)
            _listening.TrySetResult(match.Groups[1].Value);
    }
}
