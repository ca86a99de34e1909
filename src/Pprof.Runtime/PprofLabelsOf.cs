namespace Pprof;

/// <summary>
/// What requests are labelled with on the samples of <c>profile</c>, <c>wall</c> and others that are collected for
/// <c>seconds=</c>, beside the application's own labels.
/// </summary>
[Flags]
public enum PprofLabelsOf
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>
    /// The method and the pattern of the route, never the path: <c>http_method</c> <c>GET</c>, <c>http_route</c>
    /// <c>/orders/{id}</c>.
    /// </summary>
    Routes = 1,

    /// <summary>
    /// The trace and the span of the request: <c>trace_id</c> and <c>span_id</c>, as of <see cref="System.Diagnostics.Activity"/>.
    /// Each request is then a sample of its own. The span gets the attribute <c>pyroscope.profile.id</c>.
    /// </summary>
    Spans = 2,
}
