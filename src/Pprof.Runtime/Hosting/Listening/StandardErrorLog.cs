using Microsoft.Extensions.Logging;

namespace Pprof.Hosting.Listening;

/// <summary>Where messages go in a program without a host: one line each on standard error.</summary>
internal sealed class StandardErrorLog : ILogger
{
    /// <summary>The only one.</summary>
    public static StandardErrorLog Instance { get; } = new();

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    /// <inheritdoc/>
    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            Console.Error.WriteLine(exception is null ? formatter(state, null) : $"{formatter(state, exception)} {exception.Message}");
        }
    }
}
