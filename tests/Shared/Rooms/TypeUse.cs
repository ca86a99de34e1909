namespace Pprof.Testing.Rooms;

/// <summary>One place in an assembly where a type names another.</summary>
/// <param name="From">Full name of the outermost type around the place, which answers for all that is compiled into it.</param>
/// <param name="Place">The type and the member as the metadata name them.</param>
/// <param name="Kind">The way in which it is named.</param>
/// <param name="To">Full name of the type that is named; the outermost of nested ones.</param>
/// <param name="ToMember">The member of it that is called, read or written; empty where the type alone is named.</param>
internal readonly record struct TypeUse(string From, string Place, UseKind Kind, string To, string ToMember)
{
    public override string ToString() => $"{Place}: {Kind} {To}{(ToMember.Length > 0 ? "." + ToMember : "")}";
}
