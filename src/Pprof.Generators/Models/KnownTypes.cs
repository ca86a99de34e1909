namespace Pprof.Generators.Models;

/// <summary>The names of the runtime package that the generator and the analyzers look for.</summary>
internal static class KnownTypes
{
    /// <summary>The package's assembly.</summary>
    public const string RuntimeAssembly = "Pprof";

    /// <summary>The attribute that switches everything on.</summary>
    public const string EnablePprofAttribute = "Pprof.EnablePprofAttribute";

    /// <summary>The attribute that declares a custom profile.</summary>
    public const string PprofProfileAttribute = "Pprof.PprofProfileAttribute";

    /// <summary>The options that the attribute sets, and the application may change.</summary>
    public const string PprofOptions = "Pprof.PprofOptions";

    /// <summary>The labels of what is being done.</summary>
    public const string PprofLabels = "Pprof.PprofLabels";

    /// <summary>A custom profile.</summary>
    public const string CustomProfile = Namespace + "." + CustomProfileName;

    /// <summary>Namespace of what an application uses.</summary>
    public const string Namespace = "Pprof";

    /// <summary>The name of <see cref="CustomProfile"/> in it.</summary>
    public const string CustomProfileName = "CustomProfile";

    /// <summary>Namespace of <see cref="DeclarationAttribute"/>.</summary>
    public const string DeclarationNamespace = "Pprof.CompilerServices";

    /// <summary>The attribute by which a library tells of its custom profiles.</summary>
    public const string DeclarationAttribute = "CustomProfileDeclarationAttribute";
}
