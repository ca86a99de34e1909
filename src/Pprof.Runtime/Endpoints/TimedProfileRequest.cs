using Microsoft.AspNetCore.Http;
using Pprof.Collectors;
using Pprof.Encoding.Protobuf;
using Pprof.Endpoints.Query;
using Pprof.Profiles;
using Pprof.Symbols;

namespace Pprof.Endpoints;

/// <summary><c>profile?seconds=30&amp;hz=100</c>: collect for a while, then send the whole profile.</summary>
internal static class TimedProfileRequest
{
    private const int DefaultSeconds = 30;

    public static async Task ServeAsync(
        HttpContext context, string name, TimedProfileCollector collector, int defaultRate, CancellationToken cancellation)
    {
        var query = new RequestQuery(context.Request.QueryString);
        int rate = defaultRate;
        if (query.First("hz") is { Length: > 0 } text)
        {
            if (NumberText.ParseDecimal(text, out long hz) != NumberStatus.Valid || hz is < 1 or > PprofOptions.MaxCpuProfileRate)
            {
                await ResponseText.WriteErrorAsync(
                    context, StatusCodes.Status400BadRequest, $"invalid value for \"hz\" - must be an integer from 1 to {PprofOptions.MaxCpuProfileRate}");
                return;
            }

            rate = (int)hz;
        }

        TimeSpan duration = Duration(query.First("seconds"));
        context.Response.ContentType = ResponseText.OctetStream;
        ResponseText.SetFileName(context.Response, name);
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        Profile profile = await collector.CollectAsync(duration, rate, cancellation);
        await ResponseText.WriteAsync(context, ResponseText.OctetStream, ProfileEncoder.Encode(profile, Symbolizer.Create()));
    }

    private static TimeSpan Duration(string text) =>
        NumberText.ParseDecimal(text, out long seconds) == NumberStatus.Valid && seconds > 0
            ? RequestDuration.FromSeconds(seconds)
            : TimeSpan.FromSeconds(DefaultSeconds);
}
