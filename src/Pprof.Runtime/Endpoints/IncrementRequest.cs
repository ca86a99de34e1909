using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Pprof.Collectors;
using Pprof.CompilerServices;
using Pprof.Endpoints.Query;
using Pprof.Process;
using Pprof.Profiles;

namespace Pprof.Endpoints;

/// <summary>
/// <c>delta_heap</c>: what has come to a profile since the last such request, whoever made it, as Go programs with the library
/// godeltaprof answer. One request is served after the other, so that nothing is in two answers, and nothing in none.
/// </summary>
internal static class IncrementRequest
{
    private const string Prefix = "delta_";

    // Of the process, not of a host of it, for as long as there is a collector.
    private static readonly ConditionalWeakTable<SnapshotProfileCollector, Increments> s_increments = [];

    /// <summary>The profile of whose increments <paramref name="name"/> is the name; null where it is none.</summary>
    public static string? ProfileOf(string name) => name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..] : null;

    public static async Task ServeAsync(
        HttpContext context,
        ProfileDescriptor row,
        SnapshotProfileCollector collector,
        RequestQuery query,
        ProfileForm form,
        CancellationToken cancellation)
    {
        context.Response.ContentType = form.ContentType;
        ResponseText.SetFileName(context.Response, row.Name + ".pprof.gz");
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        Increments increments = s_increments.GetValue(collector, static added => new Increments(added.CumulativeValues));
        Profile next = await increments.NextAsync(row, collector, query, cancellation);
        await SnapshotProfileRequest.SendAsync(context, row, form.ContentType, form.Of(next), TimeSpan.Zero);
    }

    private sealed class Increments(int cumulative)
    {
        private readonly Turn _turn = new();
        private readonly ProfileIncrements _profiles = new(cumulative);

        public async Task<Profile> NextAsync(ProfileDescriptor row, SnapshotProfileCollector collector, RequestQuery query, CancellationToken cancellation)
        {
            await _turn.EnterAsync(cancellation);
            try
            {
                await SnapshotProfileRequest.CollectGarbageAsync(row, collector, query, cancellation);
                Profile now = row.Shape!.NewProfile();
                await collector.FillAsync(now, cancellation);
                ProfileMetrics.Lost(row.Name, collector, now.Gaps);
                return _profiles.Next(now);
            }
            finally
            {
                _turn.Leave();
            }
        }
    }
}
