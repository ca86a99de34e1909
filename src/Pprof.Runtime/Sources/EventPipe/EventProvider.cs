using System.Diagnostics.Tracing;

namespace Pprof.Sources.EventPipe;

/// <summary>What a recording has of a provider's events.</summary>
/// <param name="Name">The provider's name.</param>
/// <param name="Keywords">The keywords, of which an event has to have one.</param>
/// <param name="Level">The most verbose of them.</param>
/// <param name="CounterSeconds">How often counters are told; null for not at all.</param>
internal sealed record EventProvider(string Name, ulong Keywords, EventLevel Level, int? CounterSeconds = null)
{
    /// <summary>The argument of a provider that says how often counters are told.</summary>
    public const string CounterArgument = "EventCounterIntervalSec";
}
