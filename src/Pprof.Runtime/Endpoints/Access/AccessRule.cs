using System.Net;
using Microsoft.AspNetCore.Http;

namespace Pprof.Endpoints.Access;

/// <summary>Decides who gets an answer, and refuses the others.</summary>
internal static class AccessRule
{
    /// <summary>Whether the request may go on; if not, the response has been written.</summary>
    public static async ValueTask<bool> AdmitAsync(HttpContext context, PprofOptions options, ForwardedTraffic traffic)
    {
        string? outside = options.AllowedNetworks is { } networks ? NetworkRule.Refusal(context, networks) : null;
        bool hasConditions = options.AllowedNetworks is not null || options.Secret is not null;

        // A browser sends a secret that somebody typed once, whoever makes it send a request.
        string? refusal = outside ?? (hasConditions ? CrossSiteRule.Refusal(context.Request) : null);
        if (refusal is null && options.Secret is { } secret && SecretRule.IsKnown(context.Request, secret))
        {
            return true;
        }

        if (options.Access == PprofAccess.Policy)
        {
            if (outside is null)
            {
                return await PolicyRule.AdmitAsync(context, options.AuthorizationPolicy);
            }

            await RefuseAsync(context, NotAmongThose(options, outside));
            return false;
        }

        bool isOpen = options.Access == PprofAccess.Anyone;
        if (refusal is null && options.Secret is null && (isOpen || hasConditions))
        {
            return true;
        }

        string? elsewhere = isOpen ? null : LocalRefusal(context, traffic);
        if (!isOpen && elsewhere is null)
        {
            return true;
        }

        if (refusal is null && options.Secret is not null)
        {
            await SecretRule.ChallengeAsync(context);
        }
        else
        {
            await RefuseAsync(context, refusal is null ? NotOnThisMachine(elsewhere!) : NotAmongThose(options, refusal));
        }

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

    private static string NotOnThisMachine(string elsewhere) =>
        $"""
        pprof answers requests from this machine only, and {elsewhere}.
        To reach it from elsewhere forward a port (ssh -L, kubectl port-forward), name the networks of those who may
        ([assembly: EnablePprof(AllowedNetworks = "10.0.0.0/8")], Pprof:AllowedNetworks in the configuration), give them a
        secret (Pprof:Secret), or name an authorization policy (Access = PprofAccess.Policy, AuthorizationPolicy = "...").
        PprofAccess.Anyone opens it to everyone who reaches the port.
        """;

    private static string NotAmongThose(PprofOptions options, string refusal)
    {
        string local = options.Access == PprofAccess.Loopback ? "this machine and from " : "";
        string others = options.AllowedNetworks is null ? "those who know a secret" : "some networks (AllowedNetworks)";
        return $"pprof answers requests from {local}{others} only, and {refusal}.";
    }
}
