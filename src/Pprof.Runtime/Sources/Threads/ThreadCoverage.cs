namespace Pprof.Sources.Threads;

/// <summary>What a look at all threads has come to.</summary>
internal readonly record struct ThreadCoverage
{
    /// <summary>Why nobody could look, and what would help; null where somebody could.</summary>
    public string? Refusal { get; init; }

    /// <summary>
    /// Why threads were not seen where they rest, but where the runtime stopped them to look, which shows less; null where no
    /// thread was stopped.
    /// </summary>
    public string? MissingRests { get; init; }
}
