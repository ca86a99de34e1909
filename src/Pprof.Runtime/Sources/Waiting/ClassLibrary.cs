using Pprof.Sources.Snapshot;

namespace Pprof.Sources.Waiting;

/// <summary>Where objects of the class library's own types have their fields. A version that has others shows less.</summary>
internal static class ClassLibrary
{
    /// <summary>From the beginning of an object to its first field.</summary>
    public const int Header = ObjectFields.Header;

    /// <summary>From the beginning of an array of references to the first.</summary>
    public const int ArrayHeader = 16;

    /// <summary>From the beginning of an array to its length.</summary>
    public const int ArrayLength = 8;

    /// <summary>The place of a field from the beginning of an object; negative where there is none of that name.</summary>
    public static int Place(Type? type, string field) =>
        ObjectFields.IsSupported && ObjectFields.Find(type, field) is { } found ? ObjectFields.Header + ObjectFields.OffsetOf(found) : -1;

    /// <summary>The place of a field in a structure; negative where there is none of that name.</summary>
    public static int PlaceInside(Type? structure, string field) =>
        ObjectFields.IsSupported && ObjectFields.Find(structure, field) is { } found ? ObjectFields.OffsetOf(found) : -1;

    /// <summary>The type of a field; null where there is none of that name.</summary>
    public static Type? TypeOfField(Type? type, string field) => ObjectFields.Find(type, field) is { } found ? ObjectFields.TypeOf(found) : null;

    /// <summary>The address that stands in the first word of a type's objects; 0 where there is no such type.</summary>
    public static ulong MethodTable(Type? type) => ObjectFields.MethodTable(type);
}
