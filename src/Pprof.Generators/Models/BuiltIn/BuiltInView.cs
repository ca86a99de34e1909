namespace Pprof.Generators.Models.BuiltIn;

/// <summary>Another profile that is served at the path of a built-in one.</summary>
/// <param name="Name">What <c>view=</c> says.</param>
/// <param name="Collector">The method of <c>ProfileCollectors</c> that makes its collector.</param>
/// <param name="SampleTypes">What the values of a sample measure, in order.</param>
/// <param name="PeriodType">The kind of event between two samples.</param>
/// <param name="Text">The text form that <c>debug=</c> asks for.</param>
/// <param name="Forms">The forms in which it can be asked for.</param>
internal sealed record BuiltInView(
    string Name,
    string Collector,
    IReadOnlyList<SampleType> SampleTypes,
    SampleType PeriodType,
    ProfileText Text,
    ProfileForms Forms);
