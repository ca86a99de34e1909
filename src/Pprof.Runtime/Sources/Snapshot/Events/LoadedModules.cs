using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace Pprof.Sources.Snapshot.Events;

/// <summary>
/// The modules of the process by the runtime's identity of them. Where reflection keeps that is its own affair: what is found
/// with it is compared with what is known already. While this is held none of them is unloaded.
/// </summary>
internal sealed class LoadedModules
{
    private const string IdentityField = "m_pData";

    private readonly Dictionary<ulong, Module> _modules = [];

    /// <summary>Finds them.</summary>
    /// <param name="before">Those of before the look. One in whose place another is since was told of as it was.</param>
    public LoadedModules(IReadOnlyDictionary<ulong, WeakReference<Module>> before)
    {
        foreach ((ulong identity, Module module) in Find())
        {
            if (!before.TryGetValue(identity, out WeakReference<Module>? old) || (old.TryGetTarget(out Module? same) && same == module))
            {
                _modules[identity] = module;
            }
        }
    }

    /// <summary>Those that there are now, none of which is kept loaded by that.</summary>
    public static IReadOnlyDictionary<ulong, WeakReference<Module>> Note() =>
        Find().ToDictionary(static found => found.Identity, static found => new WeakReference<Module>(found.Module));

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
        catch (Exception)
        {
            // The application may be asked where an assembly or a type is, and throw whatever it likes.
            return null;
        }
    }

    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "Where the field is not there, names are shorter.")]
    private static List<(ulong Identity, Module Module)> Find()
    {
        List<(ulong, Module)> modules = [];
        FieldInfo? identity = typeof(object).Module.GetType().GetField(IdentityField, BindingFlags.Instance | BindingFlags.NonPublic);
        foreach (Module module in identity is null ? [] : AppDomain.CurrentDomain.GetAssemblies().Select(static assembly => assembly.ManifestModule))
        {
            if (identity!.DeclaringType!.IsInstanceOfType(module) && identity.GetValue(module) is nint value)
            {
                modules.Add(((ulong)value, module));
            }
        }

        return modules;
    }
}
