namespace Pprof.Sources.Trace;

/// <summary>Something that happened on a thread.</summary>
internal readonly record struct TraceMoment
{
    // No more of a text is written, as no more bytes of it are.
    private const int MaxCharacters = 4096;

    /// <summary>What.</summary>
    public required TraceMomentKind Kind { get; init; }

    /// <summary>The system's id of the thread.</summary>
    public required int Thread { get; init; }

    /// <summary>When, on the clock of <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>.</summary>
    public required long Timestamp { get; init; }

    /// <summary>As the kind says.</summary>
    public long Number { get; init; }

    /// <summary>As the kind says.</summary>
    public long Other { get; init; }

    /// <summary>As the kind says.</summary>
    public string? Text { get; init => field = Cut(value); }

    /// <summary>As the kind says.</summary>
    public string? Detail { get; init => field = Cut(value); }

    private static string? Cut(string? text) => text is { Length: > MaxCharacters } ? text[..MaxCharacters] : text;
}
