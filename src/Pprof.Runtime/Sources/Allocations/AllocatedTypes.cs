using Pprof.Symbols.Managed;
using Pprof.Symbols.NativeAot;

namespace Pprof.Sources.Allocations;

/// <summary>The frames that stand for the types of sampled objects. Nothing is allocated for one that was seen before.</summary>
internal sealed class AllocatedTypes
{
    private const int MaxTypes = 1 << 13;

    private readonly Dictionary<(nuint Type, int Name), nuint> _types = [];

    /// <summary>The address of a type's frame.</summary>
    /// <param name="type">The runtime's identity of the type.</param>
    /// <param name="name">Its name, as the runtime writes it; empty where it is to be found by <paramref name="type"/>.</param>
    public nuint AddressOf(nuint type, ReadOnlySpan<char> name)
    {
        // An unloaded type leaves its identity to others.
        var key = (type, string.GetHashCode(name));
        if (!_types.TryGetValue(key, out nuint address))
        {
            if (_types.Count == MaxTypes)
            {
                _types.Clear();
            }

            address = TypeFrames.Instance.AddressOf(name.Length > 0 ? name.ToString() : NativeAotTypes.NameOf(type));
            _types.Add(key, address);
        }

        return address;
    }
}
