namespace Pprof.Encoding.Views;

/// <summary>What who makes a table can ask for, as the report <c>-top</c> of the pprof tool has it.</summary>
internal sealed record TopOptions
{
    /// <summary>Nothing: all functions by what they have themselves, and shares of what is shown.</summary>
    public static readonly TopOptions None = new();

    /// <summary>What the shares are shares of; null for the samples that are shown.</summary>
    public long? Total { get; init; }

    /// <summary>Whether functions stand by what they have with all that they called.</summary>
    public bool ByCumulative { get; init; }

    /// <summary>The functions that are listed at the most; 0 for any number.</summary>
    public int MaxRows { get; init; }

    /// <summary>What the shown samples were chosen by, for the header.</summary>
    public IReadOnlyList<string> Filters { get; init; } = [];
}
