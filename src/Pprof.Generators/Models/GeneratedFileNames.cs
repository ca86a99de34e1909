namespace Pprof.Generators.Models;

/// <summary>Names of the files that the generator writes.</summary>
internal static class GeneratedFileNames
{
    /// <summary>The module initializer that hands over what <c>[assembly: EnablePprof]</c> says.</summary>
    public const string Registration = "Pprof.EnablePprof.g.cs";

    /// <summary>The implementations of custom profiles.</summary>
    public const string CustomProfiles = "Pprof.CustomProfiles.g.cs";
}
