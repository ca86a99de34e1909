using Microsoft.Extensions.Logging;

namespace Pprof.Endpoints;

internal static partial class EndpointLog
{
    [LoggerMessage(1, LogLevel.Debug, "The client of the profile \"{Profile}\" hung up.")]
    public static partial void ClientGone(ILogger log, string profile);

    [LoggerMessage(2, LogLevel.Error, "The profile \"{Profile}\" could not be collected.")]
    public static partial void CollectionFailed(ILogger log, Exception exception, string profile);

    [LoggerMessage(3, LogLevel.Warning, "A proxy on this machine seems to forward requests to {Place}, where pprof answers this machine only: {Reason}. What is recognized as forwarded is refused, but a proxy that does not show cannot be told from a local client. Give pprof a listener of its own (Pprof:ListenUrl) to which no proxy forwards, or name an authorization policy (Pprof:Access = Policy).")]
    public static partial void Forwarded(ILogger log, string place, string reason);

    [LoggerMessage(4, LogLevel.Debug, "The profile \"{Profile}\" ended early: the application is shutting down.")]
    public static partial void EndedByShutdown(ILogger log, string profile);
}
