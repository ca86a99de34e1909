namespace Pprof;

/// <summary>
/// What requests are labelled with on samples, beside the application's own labels.
/// </summary>
[Flags]
public enum PprofLabelsOf
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>
    /// The method and the pattern of the route, never the path: <c>http_method</c> <c>GET</c>, <c>http_route</c>
    /// <c>/orders/{id}</c>. Of the profiles of the process's whole life the first 256 of them are there.
    /// </summary>
    Routes = 1,

    /// <summary>
    /// The trace and the span of the request: <c>trace_id</c> and <c>span_id</c>, as of <see cref="System.Diagnostics.Activity"/>.
    /// On samples that are collected for <c>seconds=</c>. Each request is then a sample of its own. The span gets the attribute <c>pyroscope.profile.id</c>.
    /// </summary>
    Spans = 2,
}
