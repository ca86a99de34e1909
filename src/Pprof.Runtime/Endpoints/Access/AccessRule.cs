using System.Net;
using Microsoft.AspNetCore.Http;

namespace Pprof.Endpoints.Access;

/// <summary>Decides who gets an answer, and refuses the others.</summary>
internal static class AccessRule
{
    /// <summary>Whether the request may go on; if not, the response has been written.</summary>
    public static async ValueTask<bool> AdmitAsync(HttpContext context, PprofOptions options, ForwardedTraffic traffic)
    {
        if (options.Access == PprofAccess.Policy)
        {
            return await PolicyRule.AdmitAsync(context, options.AuthorizationPolicy);
        }

        if (options.Access == PprofAccess.Anyone || LocalRefusal(context, traffic) is not { } reason)
        {
            return true;
        }

        await RefuseAsync(
            context,
            $"""
            pprof answers requests from this machine only, and {reason}.
            To reach it from elsewhere forward a port (ssh -L, kubectl port-forward), or name an authorization policy:
            [assembly: EnablePprof(Access = PprofAccess.Policy, AuthorizationPolicy = "...")], or Pprof:Access and
            Pprof:AuthorizationPolicy in the configuration. PprofAccess.Anyone opens it to everyone who reaches the port.
            """);
        return false;
    }

    /// <summary>Answers with status 403 and <paramref name="text"/>.</summary>
    public static Task RefuseAsync(HttpContext context, string text) =>
        ResponseText.WriteErrorAsync(context, (int)HttpStatusCode.Forbidden, text);

    private static string? LocalRefusal(HttpContext context, ForwardedTraffic traffic)
    {
        string? reason = LoopbackRule.Refusal(context);
        if (reason is not null)
        {
            traffic.Observe(context);
            return reason;
        }

        // Last, because it asks the system.
        reason = PeerRule.Refusal(context, out bool isForwarded);
        if (isForwarded)
        {
            traffic.Warn(context, reason!);
        }

        return reason;
    }
}
