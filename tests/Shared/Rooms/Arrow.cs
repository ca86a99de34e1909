namespace Pprof.Testing.Rooms;

/// <summary>One room names another.</summary>
/// <param name="From">The room that names.</param>
/// <param name="To">The room that is named.</param>
/// <param name="Example">One of the places.</param>
internal readonly record struct Arrow(string From, string To, TypeUse Example)
{
    public override string ToString() => $"{From} → {To}, such as {Example}";

    /// <summary>The arrows between the rooms of an assembly, each once.</summary>
    /// <param name="assembly">Path of the assembly.</param>
    /// <param name="room">
    /// The room of a type by its full name, null for a type in no room. It is asked for types of other assemblies too.
    /// </param>
    public static IReadOnlyList<Arrow> ReadAll(string assembly, Func<string, string?> room) =>
    [
        .. from use in TypeUseReader.Read(assembly)
           let @from = room(use.From)
           let to = room(use.To)
           where @from is not null && to is not null && @from != to
           orderby @from, to, use.Place
           group use by (@from, to) into uses
           select new Arrow(uses.Key.@from, uses.Key.to, uses.First()),
    ];
}
