namespace Pprof.Sources.EventPipe;

/// <summary>A session of the runtime's as its bytes come, up to what names its methods.</summary>
internal abstract class RecordedSession : IDisposable
{
    /// <summary>
    /// Opens one. By messages of this package's own, where the port is a socket that it finds: what the library for all systems
    /// needs is then not in a program that is trimmed.
    /// </summary>
    /// <param name="providers">Whose events.</param>
    /// <param name="bufferMegabytes">The most that the runtime keeps while nobody takes it.</param>
    /// <exception cref="IOException">There can be none.</exception>
    public static RecordedSession Open(IReadOnlyList<EventProvider> providers, int bufferMegabytes) => OperatingSystem.IsLinux()
        ? SocketSession.Open(providers, bufferMegabytes)
        : ClientSession.Open(providers, bufferMegabytes);

    /// <summary>Reads what has come, and waits until something has; 0 at the end.</summary>
    public abstract int Read(byte[] buffer);

    /// <summary>
    /// Has the runtime end it, which it does after it has written everything. Waited for without a timer, which would need a
    /// thread of the pool.
    /// </summary>
    /// <param name="patience">How long it may take, asked again and again.</param>
    /// <exception cref="TimeoutException">It takes longer.</exception>
    public abstract void Stop(Func<TimeSpan> patience);

    /// <summary>Takes no more, at once: the runtime's writing fails, and it ends the session.</summary>
    public abstract void Close();

    /// <summary>Gives back what is left of it, after it was stopped or closed.</summary>
    public abstract void Dispose();
}
