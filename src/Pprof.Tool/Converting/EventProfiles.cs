using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing.EventPipe;
using Microsoft.Diagnostics.Tracing.Parsers;
using Pprof.Profiles;

namespace Pprof.Tool.Converting;

/// <summary>How profiles of events are called, what they are made of, and what they measure.</summary>
internal static class EventProfiles
{
    private static readonly SampleType s_wall = new("wall", "nanoseconds");
    private static readonly SampleType s_contentions = new("contentions", "count");

    /// <summary>The profile of this name.</summary>
    /// <exception cref="ToolException">There is none.</exception>
    public static EventProfile Named(string name) => Enum.GetValues<EventProfile>().Where(profile => NameOf(profile) == name).Select(static profile => (EventProfile?)profile).FirstOrDefault()
        ?? throw new ToolException($"there is no profile {name} of events: it is wall, allocs or mutex");

    /// <summary>The name, that of the endpoint that has the same.</summary>
    public static string NameOf(EventProfile profile) => profile switch
    {
        EventProfile.Wall => "wall",
        EventProfile.Allocations => "allocs",
        _ => "mutex",
    };

    /// <summary>The events.</summary>
    public static IEnumerable<EventPipeProvider> ProvidersOf(EventProfile profile)
    {
        // Names of methods need the loader and the compiler, whatever else is wanted.
        const ClrTraceEventParser.Keywords Names = ClrTraceEventParser.Keywords.Loader | ClrTraceEventParser.Keywords.Jit | ClrTraceEventParser.Keywords.NGen;
        (ClrTraceEventParser.Keywords keywords, EventLevel level) = profile switch
        {
            // Before .NET 10 there are ticks, from then on samples; and no ticks any more where anybody has asked for samples.
            EventProfile.Allocations => (ClrTraceEventParser.Keywords.GC | ClrTraceEventParser.Keywords.AllocationSampling, EventLevel.Verbose),
            EventProfile.Mutex => (ClrTraceEventParser.Keywords.Contention, EventLevel.Informational),
            _ => (ClrTraceEventParser.Keywords.None, EventLevel.Informational),
        };
        yield return new EventPipeProvider(ClrTraceEventParser.ProviderName, level, (long)(keywords | Names));
        if (profile == EventProfile.Wall)
        {
            yield return new EventPipeProvider(SampleProfilerTraceEventParser.ProviderName, EventLevel.Informational);
        }
    }

    /// <summary>What the samples measure.</summary>
    public static ProfileShape ShapeOf(EventProfile profile) => profile switch
    {
        EventProfile.Wall => new ProfileShape { SampleTypes = [new("samples", "count"), s_wall], PeriodType = s_wall },
        EventProfile.Allocations => new ProfileShape
        {
            SampleTypes = [new("alloc_objects", "count"), new("alloc_space", "bytes")],
            PeriodType = new("space", "bytes"),
        },
        _ => new ProfileShape { SampleTypes = [s_contentions, new("delay", "nanoseconds")], PeriodType = s_contentions },
    };

    /// <summary>What who reads the figures has to know; null where that depends on the events that come.</summary>
    public static string? CommentOf(EventProfile profile) => profile switch
    {
        EventProfile.Wall => "the runtime's sample profiler: wall-clock time of all managed threads, whether they run or wait; this is not CPU time",
        EventProfile.Allocations => null,
        _ => "the runtime's contention events: every wait for a contended lock",
    };
}
