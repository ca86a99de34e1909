using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Pprof.Endpoints.Access;

/// <summary>
/// Asks an authorization policy of the application. The endpoints may stand in front of the application's own
/// middleware, so both steps, authentication and authorization, are done here.
/// </summary>
internal static class PolicyRule
{
    /// <summary>Whether the request satisfies the policy; if not, it has been challenged or forbidden.</summary>
    public static async Task<bool> AdmitAsync(HttpContext context, string? name)
    {
        IServiceProvider? services = context.RequestServices;
        if (string.IsNullOrEmpty(name))
        {
            await AccessRule.RefuseAsync(context, "pprof asks for an authorization policy, but AuthorizationPolicy does not name one.");
            return false;
        }

        if (services?.GetService<IPolicyEvaluator>() is not { } evaluator
            || services.GetService<IAuthorizationPolicyProvider>() is not { } policies)
        {
            await AccessRule.RefuseAsync(context, "pprof asks for an authorization policy, but the application has no authorization: call services.AddAuthorization().");
            return false;
        }

        if (await policies.GetPolicyAsync(name) is not { } policy)
        {
            await AccessRule.RefuseAsync(context, $"pprof asks for the authorization policy \"{name}\", but the application has none of this name.");
            return false;
        }

        await AuthenticateByDefaultAsync(context, services, policy);
        AuthenticateResult authentication = await evaluator.AuthenticateAsync(policy, context);
        PolicyAuthorizationResult authorization = await evaluator.AuthorizeAsync(policy, authentication, context, context);
        if (authorization.Succeeded)
        {
            return true;
        }

        await TurnAwayAsync(context, services, policy, authorization);
        return false;
    }

    /// <summary>What the application's authentication middleware would have done, were it in front of this.</summary>
    private static async Task AuthenticateByDefaultAsync(HttpContext context, IServiceProvider services, AuthorizationPolicy policy)
    {
        if (policy.AuthenticationSchemes.Count > 0
            || context.User.Identity?.IsAuthenticated == true
            || services.GetService<IAuthenticationSchemeProvider>() is not { } schemes
            || await schemes.GetDefaultAuthenticateSchemeAsync() is not { } scheme)
        {
            return;
        }

        AuthenticateResult result = await context.AuthenticateAsync(scheme.Name);
        if (result.Principal is not null)
        {
            context.User = result.Principal;
        }
    }

    private static async Task TurnAwayAsync(
        HttpContext context, IServiceProvider services, AuthorizationPolicy policy, PolicyAuthorizationResult authorization)
    {
        // Without an authentication scheme there is nothing to challenge with.
        bool canChallenge = policy.AuthenticationSchemes.Count > 0
            || (services.GetService<IAuthenticationSchemeProvider>() is { } schemes
                && await (authorization.Challenged ? schemes.GetDefaultChallengeSchemeAsync() : schemes.GetDefaultForbidSchemeAsync()) is not null);
        if (canChallenge && services.GetService<IAuthorizationMiddlewareResultHandler>() is { } handler)
        {
            await handler.HandleAsync(_ => Task.CompletedTask, context, policy, authorization);
            return;
        }

        await AccessRule.RefuseAsync(context, "The authorization policy of pprof refused this request.");
    }
}
