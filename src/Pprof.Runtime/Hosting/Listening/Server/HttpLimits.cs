namespace Pprof.Hosting.Listening.Server;

/// <summary>How much of the process clients may hold, and for how long.</summary>
internal sealed record HttpLimits
{
    /// <summary>Connections that are served at a time, each with a thread.</summary>
    public int Connections { get; init; } = 64;

    /// <summary>How long a connection may wait for its next request.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long request line and headers may take, from their first byte on.</summary>
    public TimeSpan Headers { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a client may read nothing of a response.</summary>
    public TimeSpan Send { get; init; } = TimeSpan.FromSeconds(30);
}
