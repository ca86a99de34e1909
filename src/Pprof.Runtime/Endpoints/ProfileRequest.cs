using Microsoft.AspNetCore.Http;
using Pprof.Collectors;
using Pprof.CompilerServices;
using Pprof.Endpoints.Query;
using Pprof.Endpoints.Views;

namespace Pprof.Endpoints;

/// <summary>A request for a profile that is served and whose parameters are valid.</summary>
/// <param name="context">The request.</param>
/// <param name="row">The profile.</param>
/// <param name="query">Its parameters.</param>
/// <param name="arguments">Those that are for the collector.</param>
/// <param name="view">The form in which it is to be looked at.</param>
/// <param name="message">How the profile is written where it is not looked at.</param>
/// <param name="labels">The labels that requests give to samples.</param>
/// <param name="isIncrement">Whether it is for what has come since the last such request.</param>
/// <param name="stopping">Ends what is being collected when the application shuts down.</param>
internal sealed class ProfileRequest(
    HttpContext context,
    ProfileDescriptor row,
    RequestQuery query,
    ProfileArguments arguments,
    ProfileView view,
    MessageForm message,
    PprofLabelsOf labels,
    bool isIncrement,
    CancellationToken stopping) : ICollectorRequest
{
    /// <inheritdoc/>
    public Task ServeAsync(TimedProfileCollector collector) => ServeAsync(
        (form, cancellation) => TimedProfileRequest.ServeAsync(context, row, collector, query, arguments, form, labels, cancellation));

    /// <inheritdoc/>
    public Task ServeAsync(SnapshotProfileCollector collector) => ServeAsync(
        (form, cancellation) => isIncrement
            ? IncrementRequest.ServeAsync(context, row, collector.For(arguments), query, form, cancellation)
            : SnapshotProfileRequest.ServeAsync(context, row, collector.For(arguments), query, form, labels, cancellation));

    /// <inheritdoc/>
    public Task ServeAsync(StreamProfileCollector collector) => ServeAsync(
        (_, cancellation) => StreamProfileRequest.ServeAsync(context, row, collector, query, arguments, cancellation));

    private async Task ServeAsync(Func<ProfileForm, CancellationToken, Task> collect)
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        CancellationToken token = cancellation.Token;
        await (view == ProfileView.None
            ? collect(ProfileForm.OfMessage(message), token)
            : ViewRequest.ServeAsync(context, row, view, query, form => collect(form, token)));
    }
}
