namespace Pprof.Testing;

/// <summary>
/// The test, or each test of the class, measures real time or draws samples: others who use the machine may disturb it. Where
/// an assertion fails it is run again, twice at most, and the run says so. What is wrong fails each time.
/// </summary>
/// <param name="isDisturbed">False for a test of such a class that nobody disturbs: what fails once is wrong.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
internal sealed class MeasuresAttribute(bool isDisturbed = true) : Attribute
{
    /// <summary>Whether the test is run again where it fails.</summary>
    public bool IsDisturbed => isDisturbed;
}
