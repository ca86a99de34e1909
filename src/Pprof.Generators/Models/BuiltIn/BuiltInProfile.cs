namespace Pprof.Generators.Models.BuiltIn;

/// <summary>A profile that comes with the package.</summary>
/// <param name="Name">The name in the path.</param>
/// <param name="Flag">
/// Its member of the runtime's <c>PprofProfiles</c>, and the method of <c>ProfileCollectors</c> that makes its collector.
/// </param>
/// <param name="Bit">The value of that member.</param>
/// <param name="Description">The sentence on the index page.</param>
/// <param name="SampleTypes">What the values of a sample measure, in order; none for a stream, which has no samples.</param>
/// <param name="PeriodType">The kind of event between two samples.</param>
/// <param name="DefaultSampleType">The sample type that the tool shows first; null for the last.</param>
/// <param name="Text">The text form that <c>debug=</c> asks for.</param>
/// <param name="Forms">The forms in which it can be asked for.</param>
/// <param name="DefaultSeconds">Seconds that are collected where the request does not say how many; 0 for a snapshot.</param>
/// <param name="Parameters">The numbers and words that a request may give to it.</param>
/// <param name="NeedsDiagnostics">
/// Whether a program with a JIT makes it of the runtime's events, which come through the runtime's diagnostic port.
/// </param>
/// <param name="NativeTargets">The beginnings of the runtime identifiers for which a NativeAOT binary can serve it.</param>
/// <param name="Links">Links on the index page, beside that of the row.</param>
internal sealed record BuiltInProfile(
    string Name,
    string Flag,
    int Bit,
    string Description,
    IReadOnlyList<SampleType> SampleTypes,
    SampleType PeriodType,
    string? DefaultSampleType,
    ProfileText Text,
    ProfileForms Forms,
    int DefaultSeconds,
    IReadOnlyList<ProfileParameter> Parameters,
    bool NeedsDiagnostics,
    IReadOnlyList<string> NativeTargets,
    IReadOnlyList<ProfileLink> Links)
{
    /// <summary>
    /// What a path beside <c>debug/pprof</c> is called that leads to it too, because tools for Go ask for it there; empty for none.
    /// </summary>
    public string Sibling { get; init; } = "";

    /// <summary>The formats in which it can be asked for, the usual one first; none for a profile that has one alone.</summary>
    public IReadOnlyList<ProfileFormat> Formats { get; init; } = [];

    /// <summary>Other profiles that the same path serves, where <c>view=</c> asks for one of them.</summary>
    public IReadOnlyList<BuiltInView> Views { get; init; } = [];
}
