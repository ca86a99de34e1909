namespace Pprof.Generators;

/// <summary>The types of the runtime package that the generator looks for, by metadata name.</summary>
internal static class KnownTypes
{
    /// <summary>The attribute that switches everything on.</summary>
    public const string EnablePprofAttribute = "Pprof.EnablePprofAttribute";
}
