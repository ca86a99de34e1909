using Microsoft.Extensions.Logging;

namespace Pprof.Hosting;

internal static partial class HostingLog
{
    public const string Category = "Pprof";

    [LoggerMessage(11, LogLevel.Information, "pprof serves nothing: this host has no web server. [assembly: EnablePprof(ListenUrl = \"http://localhost:6060\")] or Pprof:ListenUrl in the configuration gives the endpoints a listener of their own.")]
    public static partial void NoServer(ILogger log);

    [LoggerMessage(12, LogLevel.Warning, "pprof serves nothing: AddPprof was called, but no assembly of this application has [assembly: EnablePprof].")]
    public static partial void NotRegistered(ILogger log);

    [LoggerMessage(13, LogLevel.Warning, "pprof cannot listen on {Url}: {Reason} (Its profiles are served nowhere else.)")]
    public static partial void CannotListen(ILogger log, string url, string reason);

    [LoggerMessage(14, LogLevel.Warning, "The pprof option {Option} is {Allowed} and cannot be \"{Value}\"; \"{Replacement}\" is used.")]
    public static partial void BadOption(ILogger log, string option, string? value, string allowed, string replacement);

    [LoggerMessage(15, LogLevel.Warning, "go tool pprof cannot read what pprof serves at {Addresses}: it speaks HTTP/1.1, and these addresses HTTP/2 alone (Protocols of Kestrel). Give pprof a listener of its own: Pprof:ListenUrl, for example http://localhost:6060.")]
    public static partial void NoHttp1(ILogger log, string addresses);

    [LoggerMessage(16, LogLevel.Warning, "The configuration has {Key}, which is no option of pprof. There are: {Options}.")]
    public static partial void UnknownOption(ILogger log, string key, string options);

    [LoggerMessage(17, LogLevel.Warning, "The pprof option Secret has {Length} characters and should have {Least} or more: who guesses it may read profiles.")]
    public static partial void ShortSecret(ILogger log, int length, int least);

    [LoggerMessage(18, LogLevel.Warning, "The pprof option Secret is empty: nobody is admitted by it. Without the option no secret is asked for.")]
    public static partial void EmptySecret(ILogger log);

    [LoggerMessage(19, LogLevel.Warning, "The pprof option AllowedNetworks is a list of networks such as 10.0.0.0/8, each with its first address, and \"{Value}\" has none: nobody is admitted by it.")]
    public static partial void NoNetwork(ILogger log, string value);

    [LoggerMessage(20, LogLevel.Warning, "The pprof option AuthorizationPolicy is \"{Policy}\", which nobody is asked for: the option Access has to be Policy too.")]
    public static partial void PolicyNotAsked(ILogger log, string policy);
}
