using System.Diagnostics.Tracing;

namespace Pprof.Sources.EventPipe;

/// <summary>
/// The event provider of the runtime that stops all threads nearly a thousand times a second, at an interval that up to .NET 10
/// nobody can change, and writes down the managed frames of each.
/// </summary>
internal static class SampleProfiler
{
    public const string Name = "Microsoft-DotNETCore-SampleProfiler";

    /// <summary>The id that readers make of the name.</summary>
    public static readonly Guid Id = new("3c530d44-97ae-513a-1e6d-783e8f8e03a9");

    /// <summary>Its one event.</summary>
    public static readonly EventRequest Request = new(Name, Id, ulong.MaxValue, EventLevel.Informational);
}
