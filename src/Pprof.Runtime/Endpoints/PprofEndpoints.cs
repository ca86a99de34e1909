using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Pprof.Collectors;
using Pprof.CompilerServices;
using Pprof.Endpoints.Access;
using Pprof.Endpoints.Query;
using Pprof.Process;
using Pprof.Profiles;

namespace Pprof.Endpoints;

/// <summary>
/// Serves the table of profiles over HTTP as Go's <c>net/http/pprof</c> does: paths, parameters, headers, texts.
/// </summary>
/// <param name="manifest">The table.</param>
/// <param name="options">The options that hold at the moment of a request.</param>
/// <param name="stopping">Ends what is being collected when the application shuts down.</param>
/// <param name="log">Where failures of collectors go.</param>
internal sealed class PprofEndpoints(
    PprofManifest manifest,
    Func<PprofOptions> options,
    CancellationToken stopping,
    ILogger log)
{
    private const string GetMethods = "GET, HEAD";

    private readonly ForwardedTraffic _traffic = new(log);
    private readonly List<ProfileDescriptor> _siblings = SiblingsOf(manifest);

    /// <summary>The options that hold now.</summary>
    public PprofOptions Options => options();

    /// <summary>Called for requests that are not for the endpoints, where these are served beside the application.</summary>
    public void Observe(HttpContext context)
    {
        if (Options.Access == PprofAccess.Loopback)
        {
            _traffic.Sample(context);
        }
    }

    /// <summary>Whether a request for <paramref name="path"/> is one for the endpoints, and where in them it points.</summary>
    public bool TryMatch(string path, out EndpointPath match)
    {
        PprofOptions current = Options;
        if (EndpointPath.TryMatch(path, current.Path, out match))
        {
            return true;
        }

        foreach (ProfileDescriptor profile in _siblings)
        {
            if (EndpointPath.EndsBeside(path, current.Path, profile.Sibling)
                && path.Length == current.Path.Length + profile.Sibling.Length - "pprof".Length && IsServed(profile, current))
            {
                match = new EndpointPath(profile.Name);
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether <paramref name="path"/> may be one for the endpoints below a path base.</summary>
    public bool MayMatchBelowBase(string path)
    {
        string prefix = Options.Path;
        return path.Contains(prefix, StringComparison.OrdinalIgnoreCase)
            || _siblings.Exists(profile => EndpointPath.EndsBeside(path, prefix, profile.Sibling) && IsServed(profile, Options));
    }

    /// <summary>The profiles that answer at a path beside <paramref name="prefix"/> too, that path, and whether they do at this moment.</summary>
    public IEnumerable<(string Path, EndpointPath Target, bool IsServed)> Beside(string prefix)
    {
        foreach (ProfileDescriptor profile in _siblings)
        {
            if (EndpointPath.Beside(prefix, profile.Sibling) is { } path)
            {
                yield return (path, new EndpointPath(profile.Name), IsServed(profile, Options));
            }
        }
    }

    /// <summary>Answers a request whose path is <paramref name="path"/>. Never throws.</summary>
    public async Task ServeAsync(HttpContext context, EndpointPath path)
    {
        KeepOutOfTraces(context);
        try
        {
            await AnswerAsync(context, path);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to be told.
            EndpointLog.ClientGone(log, path.Escaped);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The response had begun: its client sees that it is not whole.
            EndpointLog.EndedByShutdown(log, path.Escaped);
            context.Abort();
        }
        catch (Exception exception)
        {
            // The response had begun, or could not be written.
            EndpointLog.CollectionFailed(log, exception, path.Escaped);
            context.Abort();
        }
    }

    private static List<ProfileDescriptor> SiblingsOf(PprofManifest manifest)
    {
        List<ProfileDescriptor> siblings = [.. manifest.Profiles];
        siblings.RemoveAll(static profile => profile.Sibling.Length == 0);
        return siblings;
    }

    /// <summary>
    /// The 30 seconds of a profile are no request of the application. Its span has begun when the endpoints see the
    /// request: exporters leave out what is not recorded.
    /// </summary>
    private static void KeepOutOfTraces(HttpContext context)
    {
        if (context.Features.Get<IHttpActivityFeature>()?.Activity is { } span)
        {
            span.IsAllDataRequested = false;
            span.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        }
    }

    private async Task AnswerAsync(HttpContext context, EndpointPath path)
    {
        context.Response.Headers.XContentTypeOptions = "nosniff";
        try
        {
            PprofOptions current = options();
            CheckHost(context.Request);
            if (await AccessRule.AdmitAsync(context, current, _traffic))
            {
                await DispatchAsync(context, path, current);
            }
        }
        catch (Exception exception) when (!context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            (int status, string text) = Explain(exception);
            if (status == StatusCodes.Status500InternalServerError && exception is not ProfilerBusyException)
            {
                EndpointLog.CollectionFailed(log, exception, path.Escaped);
            }

            await ResponseText.WriteErrorAsync(context, status, text);
        }
    }

    /// <summary>The application has started: soon profiles that watch always may begin what takes time.</summary>
    public void ApplicationStarted()
    {
        RequestLabels.FollowLifetime();
        AfterStart.Run(Begin);
    }

    private void Begin()
    {
        PprofOptions current = options();
        foreach (ProfileDescriptor profile in manifest.Profiles)
        {
            if (IsServed(profile, current))
            {
                profile.ApplicationStarted();
            }
        }

        // Last: who listens to instruments is called, and may throw.
        ProfileMetrics.Publish();
    }

    private async Task DispatchAsync(HttpContext context, EndpointPath path, PprofOptions current)
    {
        if (path.IsUnclean)
        {
            await RedirectAsync(context, path.RedirectTo!);
            return;
        }

        string method = context.Request.Method;
        bool isSymbol = path.Name == "symbol";
        if (!HttpMethods.IsGet(method) && !HttpMethods.IsHead(method) && !(isSymbol && HttpMethods.IsPost(method)))
        {
            context.Response.Headers.Allow = isSymbol ? GetMethods + ", POST" : GetMethods;
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            await ResponseText.WriteAsync(context, ResponseText.PlainText, "Method Not Allowed\n");
            return;
        }

        if (path.RedirectTo is { } target)
        {
            await RedirectAsync(context, target);
            return;
        }

        switch (path.Name)
        {
            case "":
                string shown = context.Request.PathBase.Value + context.Request.Path.Value;
                await ResponseText.WriteAsync(context, ResponseText.Html, IndexPage.Render(shown, manifest.Profiles.Where(profile => IsServed(profile, current))));
                break;
            case "cmdline":
                await ResponseText.WriteAsync(context, ResponseText.PlainText, string.Join('\0', Environment.GetCommandLineArgs()));
                break;
            case "symbol":
                await SymbolRequest.ServeAsync(context);
                break;
            default:
                await ServeProfileAsync(context, path.Name, current);
                break;
        }
    }

    private async Task ServeProfileAsync(HttpContext context, string name, PprofOptions current)
    {
        ProfileDescriptor? profile = Find(name, current);
        bool isIncrement = false;
        if (profile is null && IncrementRequest.ProfileOf(name) is { } whole)
        {
            profile = Find(whole, current) is { } row && (row.Forms & ProfileForms.Increment) != 0 ? row : null;
            isIncrement = true;
        }

        if (profile is null)
        {
            await ResponseText.WriteErrorAsync(context, StatusCodes.Status404NotFound, "Unknown profile");
            return;
        }

        var query = new RequestQuery(context.Request.QueryString);
        string asked = isIncrement ? "" : query.First("view");
        if (asked.Length > 0 && profile.Views.FirstOrDefault(row => row.View == asked) is { } other)
        {
            (profile, asked) = (other, "");
        }

        ProfileCollector collector = profile.Instance;
        if (collector.UnsupportedReason is { } reason)
        {
            await ResponseText.WriteErrorAsync(context, StatusCodes.Status501NotImplemented, reason);
            return;
        }

        if (!ParameterQuery.TryRead(query, profile.Parameters, current, out ProfileArguments? arguments, out string? refusal))
        {
            await ResponseText.WriteErrorAsync(context, StatusCodes.Status400BadRequest, refusal);
            return;
        }

        if (!FormatQuery.TryRead(query, profile.Formats, ref arguments, out refusal) || (refusal = collector.Refuse(arguments)) is not null)
        {
            await ResponseText.WriteErrorAsync(context, StatusCodes.Status400BadRequest, refusal);
            return;
        }

        if (!ViewQuery.TryRead(asked, profile.Views.Select(static row => row.View), out ProfileView view, out refusal))
        {
            await ResponseText.WriteErrorAsync(context, StatusCodes.Status400BadRequest, refusal);
            return;
        }

        if (!NativeQuery.TryRead(query, profile.Forms, out bool leavesNative, out refusal))
        {
            await ResponseText.WriteErrorAsync(context, StatusCodes.Status400BadRequest, refusal);
            return;
        }

        var message = new MessageForm(new ProfileBudget(current.MaxProfileSamples, current.MaxProfileBytes), leavesNative);
        await collector.ServeAsync(new ProfileRequest(context, profile, query, arguments, view, message, current.Labels, isIncrement, stopping));
    }

    private ProfileDescriptor? Find(string name, PprofOptions current) =>
        manifest.Profiles.FirstOrDefault(profile => profile.Name == name && IsServed(profile, current));

    private static bool IsServed(ProfileDescriptor profile, PprofOptions current) =>
        profile.Flag == PprofProfiles.None || (current.Profiles & profile.Flag) != 0;

    private (int Status, string Text) Explain(Exception exception) => exception switch
    {
        ProfilerBusyException => (StatusCodes.Status500InternalServerError, exception.Message),
        ProfileUnavailableException => (StatusCodes.Status501NotImplemented, exception.Message),
        OperationCanceledException when stopping.IsCancellationRequested =>
            (StatusCodes.Status503ServiceUnavailable, "the application is shutting down"),
        BadHttpRequestException bad => (bad.StatusCode, "malformed request"),
        _ => (StatusCodes.Status500InternalServerError, "failed to collect profile"),
    };

    /// <exception cref="BadHttpRequestException">Everyone who asks the request for its host gets an exception.</exception>
    private static void CheckHost(HttpRequest request)
    {
        try
        {
            _ = request.Host;
        }
        catch (ArgumentException exception)
        {
            // An international name (xn--…) that encodes nothing.
            throw new BadHttpRequestException("malformed Host header", StatusCodes.Status400BadRequest, exception);
        }
    }

    private static Task RedirectAsync(HttpContext context, string path)
    {
        HttpRequest request = context.Request;

        // Relative, because a proxy may have taken off a prefix that is known to the client only.
        string reference = EndpointPath.Relative(
            request.PathBase.Add(request.Path).ToUriComponent(), request.PathBase.Add(path).ToUriComponent());
        string location = reference + request.QueryString.ToUriComponent();
        context.Response.StatusCode = StatusCodes.Status301MovedPermanently;
        context.Response.Headers.Location = location;
        return ResponseText.WriteAsync(context, ResponseText.Html, $"<a href=\"{WebUtility.HtmlEncode(location)}\">Moved Permanently</a>.\n\n");
    }
}
