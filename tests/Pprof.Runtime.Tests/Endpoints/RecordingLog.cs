using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Pprof.Runtime.Tests.Endpoints;

/// <summary>Keeps what a host logs.</summary>
internal sealed class RecordingLog : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, string Category, string Text)> _entries = [];
    private readonly string _category = "";

    public RecordingLog()
    {
    }

    private RecordingLog(RecordingLog owner, string category) => (_entries, _category) = (owner._entries, category);

    /// <summary>What the library logged.</summary>
    public IReadOnlyList<(LogLevel Level, string Text)> OfPprof =>
        [.. _entries.Where(entry => entry.Category == "Pprof").Select(entry => (entry.Level, entry.Text))];

    /// <summary>Everything, one line each.</summary>
    public IReadOnlyList<string> All => [.. _entries.Select(entry => $"{entry.Level} {entry.Category}: {entry.Text}")];

    public static void AddTo(IServiceCollection services)
    {
        var log = new RecordingLog();
        services.AddSingleton(log);
        services.AddLogging(logging => logging.ClearProviders().SetMinimumLevel(LogLevel.Debug).AddProvider(log));
    }

    public ILogger CreateLogger(string categoryName) => new RecordingLog(this, categoryName);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _entries.Enqueue((logLevel, _category, $"{formatter(state, exception)} {exception}".TrimEnd()));

    public void Dispose()
    {
    }
}
