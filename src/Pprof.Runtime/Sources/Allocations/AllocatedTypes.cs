using System.Runtime.CompilerServices;
using Pprof.Process;
using Pprof.Symbols.Managed;
using Pprof.Symbols.NativeAot;

namespace Pprof.Sources.Allocations;

/// <summary>The frames that stand for the types of sampled objects. Nothing is allocated for one that was seen before.</summary>
internal sealed class AllocatedTypes
{
    private const int MaxTypes = 1 << 13;

    private readonly Dictionary<(nuint Type, int Name), (nuint Address, bool HasFullName)> _types = [];

    public AllocatedTypes()
    {
        // Asked for the first time here, so that it is known of those that are gone when a name is looked for.
        if (ManagedRuntime.IsCoreClr)
        {
            _ = UnloadableAssemblies.WereThere;
        }
    }

    /// <summary>The address of a type's frame.</summary>
    /// <param name="type">The runtime's identity of the type.</param>
    /// <param name="name">Its name, as the runtime writes it.</param>
    public nuint AddressOf(nuint type, ReadOnlySpan<char> name)
    {
        (nuint Type, int Name) key = KeyOf(type, name);
        return _types.TryGetValue(key, out (nuint Address, bool HasFullName) known) ? known.Address : Keep(key, name.ToString(), hasFullName: false);
    }

    /// <summary>
    /// The same of an object that was sampled. The runtime writes no type in which another is nested, so that the type itself
    /// is asked: that of the object, where it is alive, and where it is not the one of that identity, if none can be unloaded.
    /// </summary>
    /// <param name="type">The address of the type's method table.</param>
    /// <param name="name">Its name, as the runtime writes it; empty in a NativeAOT program.</param>
    /// <param name="handle">The object, if there is a handle of it.</param>
    public nuint AddressOf(nuint type, ReadOnlySpan<char> name, WeakHandle handle)
    {
        (nuint Type, int Name) key = KeyOf(type, name);
        bool isKnown = _types.TryGetValue(key, out (nuint Address, bool HasFullName) known);
        if (isKnown && (known.HasFullName || handle.IsNull || handle.IsDead))
        {
            return known.Address;
        }

        if (!ManagedRuntime.IsCoreClr)
        {
            return Keep(key, NativeAotTypes.NameOf(type), hasFullName: true);
        }

        string? full = NameOf(type, handle);
        return full is not null ? Keep(key, full, hasFullName: true) : AddressOf(type, name);
    }

    // An unloaded type leaves its identity to others.
    private static (nuint Type, int Name) KeyOf(nuint type, ReadOnlySpan<char> name) => (type, string.GetHashCode(name));

    private static string? NameOf(nuint type, WeakHandle handle)
    {
        if (!handle.IsNull && handle.Target is { } target && MethodTableOf(target) == type)
        {
            return RuntimeTypeName.Of(target.GetType());
        }

        return !UnloadableAssemblies.WereThere && Type.GetTypeFromHandle(RuntimeTypeHandle.FromIntPtr((nint)type)) is { } known ? RuntimeTypeName.Of(known) : null;
    }

    /// <summary>
    /// The first word of an object. It is 0 as long as the thread that allocates has not gone on from where it told of that: an
    /// object is made of the memory afterwards, and has no type before.
    /// </summary>
    private static nuint MethodTableOf(object target) =>
        Volatile.Read(ref Unsafe.Subtract(ref Unsafe.As<byte, nuint>(ref Unsafe.As<FirstField>(target).Value), 1));

    private nuint Keep((nuint Type, int Name) key, string name, bool hasFullName)
    {
        if (_types.Count >= MaxTypes)
        {
            _types.Clear();
        }

        nuint address = TypeFrames.Instance.AddressOf(name);
        _types[key] = (address, hasFullName);
        return address;
    }

    // Of any object, what lies right after its first word.
    private sealed class FirstField
    {
        public byte Value;
    }
}
