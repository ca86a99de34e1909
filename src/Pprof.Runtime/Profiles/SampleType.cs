using System.ComponentModel;

namespace Pprof.Profiles;

/// <summary>What one value of a sample measures, as the pprof format names it: <c>cpu/nanoseconds</c>.</summary>
/// <param name="Type">What is measured, such as <c>cpu</c>.</param>
/// <param name="Unit">Its unit, such as <c>nanoseconds</c>, <c>bytes</c> or <c>count</c>.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed record SampleType(string Type, string Unit);
