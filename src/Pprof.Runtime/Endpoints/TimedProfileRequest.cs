using Microsoft.AspNetCore.Http;
using Pprof.Collectors;
using Pprof.CompilerServices;
using Pprof.Endpoints.Query;
using Pprof.Profiles;

namespace Pprof.Endpoints;

/// <summary><c>profile?seconds=30&amp;hz=100</c>: collect for a while, then send the whole profile.</summary>
internal static class TimedProfileRequest
{
    public static async Task ServeAsync(
        HttpContext context,
        ProfileDescriptor row,
        TimedProfileCollector collector,
        RequestQuery query,
        ProfileArguments arguments,
        ProfileForm form,
        PprofLabelsOf labels,
        CancellationToken cancellation)
    {
        TimeSpan duration = RequestDuration.OfWholeSeconds(query.First("seconds"), row.DefaultSeconds);
        context.Response.ContentType = form.ContentType;
        if (form.IsFile)
        {
            ResponseText.SetFileName(context.Response, row.Name);
        }

        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        Profile profile = row.Shape!.NewProfile();
        using RequestLabels? requests = labels == PprofLabelsOf.None ? null : new RequestLabels(labels);
        await collector.CollectAsync(profile, duration, arguments, cancellation);
        ProfileMetrics.Lost(row.Name, profile.Gaps);
        byte[] body = form.Of(profile);
        await ResponseText.WriteAsync(context, form.ContentType, body);
        ProfileMetrics.Sent(row.Name, body.Length, duration);
    }
}
