using System.Text;
using Microsoft.AspNetCore.Http;
using Pprof.Collectors;
using Pprof.Encoding.Protobuf;
using Pprof.Endpoints.Query;
using Pprof.Profiles;
using Pprof.Symbols;

namespace Pprof.Endpoints;

/// <summary>
/// A profile that has a state at every moment: the state itself, as text with <c>debug=</c>, or what changed in
/// <c>seconds=</c>.
/// </summary>
internal static class SnapshotProfileRequest
{
    public static Task ServeAsync(HttpContext context, string name, SnapshotProfileCollector collector, CancellationToken cancellation)
    {
        var query = new RequestQuery(context.Request.QueryString);
        if (query.First("seconds") is { Length: > 0 } seconds)
        {
            return ServeDeltaAsync(context, name, collector, seconds, query.Number("debug"), cancellation);
        }

        int debug = (int)Math.Clamp(query.Number("debug"), int.MinValue, int.MaxValue);
        if (debug == 0)
        {
            ResponseText.SetFileName(context.Response, name);
        }

        string contentType = debug == 0 ? ResponseText.OctetStream : ResponseText.PlainText;
        if (HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.ContentType = contentType;
            return Task.CompletedTask;
        }

        if (name == "heap" && query.Number("gc") > 0)
        {
            GC.Collect();
        }

        return ResponseText.WriteAsync(context, contentType, debug == 0 ? Encode(collector.Snapshot()) : Text(collector, debug));
    }

    private static async Task ServeDeltaAsync(
        HttpContext context, string name, SnapshotProfileCollector collector, string seconds, long debug, CancellationToken cancellation)
    {
        string? refusal =
            NumberText.ParseDecimal(seconds, out long number) != NumberStatus.Valid || number <= 0
                ? "invalid value for \"seconds\" - must be a positive integer"
            : !collector.SupportsDelta
                ? "\"seconds\" parameter is not supported for this profile type"
            : debug != 0
                ? "seconds and debug params are incompatible"
            : null;
        if (refusal is not null)
        {
            await ResponseText.WriteErrorAsync(context, StatusCodes.Status400BadRequest, refusal);
            return;
        }

        context.Response.ContentType = ResponseText.OctetStream;
        ResponseText.SetFileName(context.Response, name + "-delta");
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        using ProfileWindow window = collector.BeginWindow();
        Profile before = window.Snapshot();
        await CollectionPeriod.WaitAsync(RequestDuration.FromSeconds(number), cancellation);
        Profile after = window.Snapshot();
        await ResponseText.WriteAsync(context, ResponseText.OctetStream, Encode(ProfileDelta.Between(before, after)));
    }

    private static byte[] Encode(Profile profile) => ProfileEncoder.Encode(profile, Symbolizer.Create());

    private static byte[] Text(SnapshotProfileCollector collector, int debug)
    {
        // Buffered as a whole: a collector that fails half-way can still be answered with an error.
        var buffer = new MemoryStream();
        using (var writer = new StreamWriter(buffer, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { NewLine = "\n" })
        {
            collector.WriteText(writer, debug);
        }

        return buffer.ToArray();
    }
}
