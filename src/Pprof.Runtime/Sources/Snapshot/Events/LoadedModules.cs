using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace Pprof.Sources.Snapshot.Events;

/// <summary>
/// The modules of the process by the runtime's identity of them. Where reflection keeps that is its own affair: what is found
/// with it is compared with what is known already. While this is held none of them is unloaded. What was told of one that was
/// unloaded before is of none of these, unless another has been loaded in its place since.
/// </summary>
internal sealed class LoadedModules
{
    private const string IdentityField = "m_pData";

    private readonly Dictionary<ulong, Module> _modules = [];

    /// <summary>Finds them.</summary>
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "Where the field is not there, names are shorter.")]
    public LoadedModules()
    {
        FieldInfo? identity = typeof(object).Module.GetType().GetField(IdentityField, BindingFlags.Instance | BindingFlags.NonPublic);
        foreach (Module module in identity is null ? [] : AppDomain.CurrentDomain.GetAssemblies().Select(static assembly => assembly.ManifestModule))
        {
            if (identity!.DeclaringType!.IsInstanceOfType(module) && identity.GetValue(module) is nint value)
            {
                _modules[(ulong)value] = module;
            }
        }
    }

    /// <summary>The full name of the definition of a type; null where it is not found.</summary>
    /// <param name="module">The runtime's identity of the module.</param>
    /// <param name="token">The token of the type.</param>
    /// <param name="name">Its name, without that of a type that it is nested in, where that was told.</param>
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "There is an object of the type, so that it was not removed.")]
    public string? DefinitionOf(ulong module, int token, string name)
    {
        if (!_modules.TryGetValue(module, out Module? found))
        {
            return null;
        }

        try
        {
            Type definition = found.ResolveType(token);
            return name.Length == 0 || definition.FullName == name || definition.Name == name ? definition.FullName : null;
        }
        catch (Exception e) when (e is ArgumentException or BadImageFormatException or TypeLoadException or IOException or NotSupportedException)
        {
            return null;
        }
    }
}
