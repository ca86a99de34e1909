using Microsoft.Extensions.Logging;

namespace Pprof.Endpoints;

internal static partial class EndpointLog
{
    [LoggerMessage(1, LogLevel.Debug, "The client of the profile \"{Profile}\" hung up.")]
    public static partial void ClientGone(ILogger log, string profile);

    [LoggerMessage(2, LogLevel.Error, "The profile \"{Profile}\" could not be collected.")]
    public static partial void CollectionFailed(ILogger log, Exception exception, string profile);
}
