namespace Pprof.Testing;

/// <summary>
/// The test, or each test of the class, measures real time or draws samples: others who use the machine may disturb it. Where
/// an assertion fails it is run again, twice at most, and the run says so. What is wrong fails each time.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
internal sealed class MeasuresAttribute : Attribute;
