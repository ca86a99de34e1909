namespace Pprof.Generators;

/// <summary>Names of the generator's steps, for the tests that look at what an edit runs again.</summary>
internal static class TrackingNames
{
    /// <summary>Each attribute that was found, as a model.</summary>
    public const string Attributes = nameof(Attributes);

    /// <summary>What the application asks for, or null where nothing is to be registered.</summary>
    public const string Registration = nameof(Registration);

    /// <summary>Every step.</summary>
    public static readonly string[] All = [Attributes, Registration];
}
