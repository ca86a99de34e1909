using Microsoft.AspNetCore.Http;
using Pprof.Collectors;
using Pprof.CompilerServices;
using Pprof.Encoding.Trace;
using Pprof.Endpoints.Query;
using Pprof.Symbols;

namespace Pprof.Endpoints;

/// <summary><c>trace?seconds=1</c>: send while it is collected. The length is not known before the end.</summary>
internal static class StreamProfileRequest
{
    public static async Task ServeAsync(
        HttpContext context, ProfileDescriptor row, StreamProfileCollector collector, RequestQuery query, ProfileArguments arguments, CancellationToken cancellation)
    {
        TimeSpan duration = RequestDuration.OfFractionalSeconds(query.First("seconds"), row.DefaultSeconds);
        ResponseText.SetFileName(context.Response, row.Name);
        Stream output = ResponseText.BeginStream(context, collector.ContentType(arguments));
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            using var names = new RequestNames();
            var sent = new CountedStream(output);
            await collector.WriteAsync(
                new StreamOutput(sent, static (time, put) => new GoTrace(time, put, Symbolizer.Create())), duration, arguments, cancellation);
            ProfileMetrics.Sent(row.Name, sent.Count, duration);
        }
    }
}
