namespace Pprof.Generators.Models.CustomProfiles;

/// <summary>A custom profile that the project declares.</summary>
/// <param name="Name">The name in the path.</param>
/// <param name="Description">The sentence on the index page, or empty.</param>
/// <param name="Namespace">The namespace of the declaration, or empty.</param>
/// <param name="ContainingTypes">The types around it, the outermost first.</param>
/// <param name="Modifiers">The modifiers of the declaration.</param>
/// <param name="Member">The name of the property or the method.</param>
/// <param name="IsMethod">Whether it is a method.</param>
internal sealed record CustomProfileModel(
    string Name,
    string Description,
    string Namespace,
    EquatableArray<ContainingType> ContainingTypes,
    string Modifiers,
    string Member,
    bool IsMethod)
{
    /// <summary>The declaration as the user knows it.</summary>
    public string DisplayName =>
        $"{string.Join(".", ContainingTypes.Select(static type => type.Name))}.{Member}{(IsMethod ? "()" : "")}";
}
