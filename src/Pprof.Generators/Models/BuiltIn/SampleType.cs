namespace Pprof.Generators.Models.BuiltIn;

/// <summary>What one value of a sample measures.</summary>
/// <param name="Type">What is measured, such as <c>cpu</c>.</param>
/// <param name="Unit">Its unit, such as <c>nanoseconds</c>.</param>
internal readonly record struct SampleType(string Type, string Unit);
