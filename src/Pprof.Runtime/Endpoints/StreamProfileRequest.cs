using Microsoft.AspNetCore.Http;
using Pprof.Collectors;
using Pprof.CompilerServices;
using Pprof.Encoding.Trace;
using Pprof.Encoding.Trace.Perfetto;
using Pprof.Endpoints.Query;
using Pprof.Profiles;
using Pprof.Symbols;

namespace Pprof.Endpoints;

/// <summary><c>trace?seconds=1</c>: send while it is collected. The length is not known before the end.</summary>
internal static class StreamProfileRequest
{
    public static async Task ServeAsync(
        HttpContext context, ProfileDescriptor row, StreamProfileCollector collector, RequestQuery query, ProfileArguments arguments, CancellationToken cancellation)
    {
        TimeSpan duration = RequestDuration.OfFractionalSeconds(query.First("seconds"), row.DefaultSeconds);
        ResponseText.SetFileName(context.Response, row.Formats.FirstOrDefault(format => format.Name == arguments.Format)?.FileName ?? row.Name);
        Stream output = ResponseText.BeginStream(context, collector.ContentType(arguments));
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            using RequestNames? names = collector.NamesRequests(arguments) ? new RequestNames() : null;
            var sent = new CountedStream(output);
            await collector.WriteAsync(
                new StreamOutput(sent, NewTrace(arguments.Format)), duration, arguments, cancellation);
            ProfileMetrics.Sent(row.Name, sent.Count, duration);
        }
    }

    private static Func<long, Action<ReadOnlyMemory<byte>>, TraceRecorder> NewTrace(string format) => format == TraceFormat.Perfetto
        ? static (time, put) => new PerfettoTrace(time, put, Symbolizer.Create())
        : static (time, put) => new GoTrace(time, put, Symbolizer.Create());
}
