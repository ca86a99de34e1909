using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.AspNetCore.Http;
using Pprof.Collectors;
using Pprof.CompilerServices;
using Pprof.Encoding.Text;
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
    // Who asks while a snapshot is taken shares the next with all others that do. As long as there is a collector.
    private static readonly ConditionalWeakTable<SnapshotProfileCollector, SharedBodies> s_bodies = [];

    public static async Task ServeAsync(
        HttpContext context,
        ProfileDescriptor row,
        SnapshotProfileCollector collector,
        RequestQuery query,
        ProfileForm form,
        PprofLabelsOf labels,
        CancellationToken cancellation)
    {
        if (query.First("seconds") is { Length: > 0 } seconds)
        {
            await ServeDeltaAsync(context, row, collector, seconds, query, form, labels, cancellation);
            return;
        }

        bool isMessage = form.Message is not null;
        bool isText = isMessage && query.Number("debug") != 0 && row.Shape!.Text != ProfileText.None;
        string contentType = isText ? ResponseText.PlainText : form.ContentType;
        if (!isText && form.IsFile)
        {
            ResponseText.SetFileName(context.Response, row.Name);
        }

        if (HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.ContentType = contentType;
            return;
        }

        await CollectGarbageAsync(row, collector, query, cancellation);
        if (!isMessage)
        {
            Profile profile = row.Shape!.NewProfile();
            await collector.FillAsync(profile, cancellation);
            ProfileMetrics.Lost(row.Name, collector, profile.Gaps);
            await SendAsync(context, row, contentType, form.Of(profile), TimeSpan.Zero);
            return;
        }

        SharedBodies bodies = s_bodies.GetValue(collector, added => new SharedBodies(row, added));
        SharedBody body = !isText ? bodies.Message(form.Message!.Value)
            : query.Number("debug") > 1 && TextForm.HasDetail(row.Shape!.Text) ? bodies.Detail
            : bodies.Text;
        await SendAsync(context, row, contentType, await body.GetAsync(cancellation), TimeSpan.Zero);
    }

    /// <summary>Sends a profile of this row that was collected for so long.</summary>
    public static async Task SendAsync(HttpContext context, ProfileDescriptor row, string contentType, byte[] body, TimeSpan collected)
    {
        await ResponseText.WriteAsync(context, contentType, body);
        ProfileMetrics.Sent(row.Name, body.Length, collected);
    }

    /// <summary>
    /// Collects garbage where the request asks for it, with a window at both of its ends: what is in use is known as of the last
    /// collection, and a quiet service has none in it.
    /// </summary>
    public static async Task CollectGarbageAsync(
        ProfileDescriptor row, SnapshotProfileCollector collector, RequestQuery query, CancellationToken cancellation)
    {
        if ((row.Forms & ProfileForms.Collected) != 0 && query.Number("gc") > 0)
        {
            await collector.PrepareForCollectionAsync(cancellation);
            GC.Collect();
        }
    }

    private static async Task ServeDeltaAsync(
        HttpContext context,
        ProfileDescriptor row,
        SnapshotProfileCollector collector,
        string seconds,
        RequestQuery query,
        ProfileForm form,
        PprofLabelsOf labels,
        CancellationToken cancellation)
    {
        string? refusal =
            NumberText.ParseDecimal(seconds, out long number) != NumberStatus.Valid || number <= 0
                ? "invalid value for \"seconds\" - must be a positive integer"
            : (row.Forms & ProfileForms.Delta) == 0
                ? "\"seconds\" parameter is not supported for this profile type"
            : query.Number("debug") != 0
                ? "seconds and debug params are incompatible"
            : null;
        if (refusal is not null)
        {
            await ResponseText.WriteErrorAsync(context, StatusCodes.Status400BadRequest, refusal);
            return;
        }

        context.Response.ContentType = form.ContentType;
        if (form.IsFile)
        {
            ResponseText.SetFileName(context.Response, row.Name + "-delta");
        }

        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        // Nothing of an application's own profiles has labels.
        using RequestLabels? requests = labels == PprofLabelsOf.None || row.Flag == PprofProfiles.None ? null : new RequestLabels(labels);
        await using ProfileWindow window = await collector.BeginWindowAsync(cancellation);
        await CollectGarbageAsync(row, collector, query, cancellation);
        Profile before = row.Shape!.NewProfile();
        await window.FillAsync(before, cancellation);
        TimeSpan duration = RequestDuration.FromSeconds(number);
        await CollectionPeriod.WaitAsync(duration, cancellation);
        await CollectGarbageAsync(row, collector, query, cancellation);
        Profile after = row.Shape.NewProfile();
        await window.FillAsync(after, cancellation);
        ProfileMetrics.Lost(row.Name, collector, after.Gaps);
        await SendAsync(context, row, form.ContentType, form.Of(ProfileDelta.Between(before, after)), duration);
    }

    private static byte[] Text(string name, Profile profile, long detail)
    {
        // Buffered as a whole: what fails half-way can still be answered with an error.
        var buffer = new MemoryStream();
        using (var writer = new StreamWriter(buffer, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { NewLine = "\n" })
        {
            TextForm.Write(writer, name, profile, Symbolizer.Create(), detail);
        }

        return buffer.ToArray();
    }

    private sealed class SharedBodies(ProfileDescriptor row, SnapshotProfileCollector collector)
    {
        // Each host of the process may have a budget of its own.
        private readonly ConcurrentDictionary<MessageForm, SharedBody> _messages = new();

        /// <summary>The profile as text.</summary>
        public SharedBody Text { get; } = new(async unwanted => SnapshotProfileRequest.Text(row.Name, await SnapshotAsync(row, collector, collector.FillAsync, unwanted), detail: 1));

        /// <summary>The profile as the text that shows more.</summary>
        public SharedBody Detail { get; } = new(async unwanted => SnapshotProfileRequest.Text(row.Name, await SnapshotAsync(row, collector, collector.FillDetailAsync, unwanted), detail: 2));

        /// <summary>The profile as a message. One is made at a time, so that each knows what became of the one before, where they are subtracted.</summary>
        public SharedBody Message(MessageForm message) => _messages.GetOrAdd(message, added =>
        {
            var form = ProfileForm.OfMessage(added, collector.CumulativeValues > 0 ? new ServedSamples() : null);
            return new SharedBody(async unwanted => form.Of(await SnapshotAsync(row, collector, collector.FillAsync, unwanted)));
        });

        private static async Task<Profile> SnapshotAsync(
            ProfileDescriptor row, SnapshotProfileCollector collector, Func<Profile, CancellationToken, Task> fill, CancellationToken unwanted)
        {
            Profile profile = row.Shape!.NewProfile();

            // For several clients: that one of them hangs up ends nothing, and that all do everything.
            await fill(profile, unwanted);
            ProfileMetrics.Lost(row.Name, collector, profile.Gaps);
            return profile;
        }
    }
}
