namespace Pprof.Generators.Models.CustomProfiles;

/// <summary>A declaration of a custom profile.</summary>
/// <param name="Name">The name in the path.</param>
/// <param name="Description">The sentence on the index page, or empty.</param>
/// <param name="Namespace">The namespace of the declaration, or empty.</param>
/// <param name="ContainingTypes">The types around it, the outermost first.</param>
/// <param name="Signature">What stands in front of the body: modifiers, type, name and parameters.</param>
/// <param name="Member">The name of the property or the method.</param>
/// <param name="Accessors">The accessors of a property, with their modifiers; none of a method.</param>
/// <param name="IsRefused">Whether it is no profile, which a rule reports.</param>
/// <param name="Holder">Name of the type that holds the profiles of the assembly.</param>
internal sealed record CustomProfileModel(
    string Name,
    string Description,
    string Namespace,
    EquatableArray<ContainingType> ContainingTypes,
    string Signature,
    string Member,
    EquatableArray<string> Accessors,
    bool IsRefused,
    string Holder)
{
    /// <summary>The declaration as the user knows it.</summary>
    public string DisplayName =>
        $"{string.Join(".", ContainingTypes.Select(static type => type.Name))}.{Member}{(Accessors.Count == 0 ? "()" : "")}";
}
