namespace Pprof.Generators;

/// <summary>Names of the generator's steps, for the tests that look at what an edit runs again.</summary>
internal static class TrackingNames
{
    /// <summary>Each <c>[assembly: EnablePprof]</c> that was found, as a model.</summary>
    public const string Attributes = nameof(Attributes);

    /// <summary>Each <c>[PprofProfile]</c> that was found and can be implemented, be it to be refused, as a model.</summary>
    public const string CustomProfiles = nameof(CustomProfiles);

    /// <summary>What of the compilation counts: the assembly's name.</summary>
    public const string Assembly = nameof(Assembly);

    /// <summary>The custom profiles of the project.</summary>
    public const string CustomProfileSet = nameof(CustomProfileSet);

    /// <summary>The custom profiles of each reference.</summary>
    public const string ReferencedProfiles = nameof(ReferencedProfiles);

    /// <summary>What the module initializer hands over, or null where nothing is to be registered.</summary>
    public const string Registration = nameof(Registration);

    /// <summary>The names that two custom profiles have.</summary>
    public const string NameClashes = nameof(NameClashes);
}
