using System.Diagnostics.Tracing;
using Pprof.Sources.EventPipe;

namespace Pprof.Runtime.Tests.Sources.EventPipe;

/// <summary>Events that say who they are, so that a test can tell which came, and how often.</summary>
[EventSource(Name = ProviderName)]
internal sealed class CountingSource : EventSource
{
    public const string ProviderName = "Pprof-Tests-Counting";

    public static readonly CountingSource Instance = new();

    public static readonly EventRequest Numbers = new(ProviderName, GetGuid(typeof(CountingSource)), 1, EventLevel.Informational);

    public static readonly EventRequest NumbersButSame = Numbers with { Ids = EventIds.Only(1) };

    public static readonly EventRequest OnlySame = Numbers with { Ids = EventIds.Only(3) };

    public static readonly EventRequest Others = Numbers with { Keywords = 2 };

    [Event(1, Keywords = Keywords.Numbers, Level = EventLevel.Informational)]
    public void Number(long thread, long number) => WriteEvent(1, thread, number);

    [Event(2, Keywords = Keywords.Others, Level = EventLevel.Informational)]
    public void Other(long thread, long number) => WriteEvent(2, thread, number);

    /// <summary>Without a number: each is like the one before.</summary>
    [Event(3, Keywords = Keywords.Numbers, Level = EventLevel.Informational)]
    public void Same() => WriteEvent(3);

    public static class Keywords
    {
        public const EventKeywords Numbers = (EventKeywords)1;
        public const EventKeywords Others = (EventKeywords)2;
    }
}
