namespace Pprof.Profiles;

/// <summary>What a sample has of the labels of its thread.</summary>
/// <param name="all">All of them, as far as they are wanted: there may be any number of them.</param>
/// <param name="route">Those of the request: there are not many in the life of a process.</param>
internal readonly struct SampledLabels(LabelSet all, LabelSet route)
{
    private readonly LabelSet? _all = all;
    private readonly LabelSet? _route = route;

    /// <summary>All of them, as far as they are wanted.</summary>
    public LabelSet All => _all ?? LabelSet.Empty;

    /// <summary>Those of the request, for tables that are never given back.</summary>
    public LabelSet Route => _route ?? LabelSet.Empty;
}
