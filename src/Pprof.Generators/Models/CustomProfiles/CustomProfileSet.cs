using System.Collections.Immutable;
using System.Text;

namespace Pprof.Generators.Models.CustomProfiles;

/// <summary>The custom profiles that the project declares.</summary>
/// <param name="HolderName">Name of the type that holds them, different in every assembly.</param>
/// <param name="Profiles">The profiles by name, each name once.</param>
/// <param name="Refused">
/// The declarations that are no profiles, and those that have a name again. They are implemented all the same: the compiler
/// reports a partial member without an implementation before it asks an analyzer, and the rule would not be seen.
/// </param>
internal readonly record struct CustomProfileSet(
    string HolderName, EquatableArray<CustomProfileModel> Profiles, EquatableArray<CustomProfileModel> Refused)
{
    /// <summary>Namespace of the type that holds the profiles.</summary>
    public const string HolderNamespace = "Pprof.Generated";

    /// <summary>Collects what was found. The second of a name is refused here, and reported.</summary>
    public static CustomProfileSet Create(ImmutableArray<CustomProfileModel> found, CancellationToken cancellation)
    {
        CustomProfileModel[] served =
        [
            .. found
                .Where(static profile => !profile.IsRefused)
                .GroupBy(static profile => profile.Name, StringComparer.Ordinal)
                .Select(static group => group.First())
                .OrderBy(static profile => profile.Name, StringComparer.Ordinal),
        ];
        return new CustomProfileSet(
            served.FirstOrDefault()?.Holder ?? "",
            new EquatableArray<CustomProfileModel>(served),
            new EquatableArray<CustomProfileModel>([.. found.Where(profile => !served.Contains(profile))]));
    }

    /// <summary>Name of the type that holds the profiles of an assembly, where nothing else there is called so.</summary>
    public static string HolderOf(string assembly) => "ProfilesOf" + ToIdentifier(assembly);

    /// <summary>The field that holds a profile, as a C# expression.</summary>
    public static string FieldExpression(CustomProfileModel profile) => $"global::{HolderNamespace}.{profile.Holder}.{FieldName(profile)}";

    /// <summary>Name of the field that holds a profile.</summary>
    public static string FieldName(CustomProfileModel profile) => ToIdentifier(profile.Name);

    // Different names become different identifiers: two underscores are a dot, one begins the code of anything else.
    private static string ToIdentifier(string name)
    {
        var identifier = new StringBuilder("_");
        foreach (char c in name)
        {
            if (c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9'))
            {
                identifier.Append(c);
            }
            else
            {
                identifier.Append(c == '.' ? "__" : $"_{(int)c:X4}_");
            }
        }

        return identifier.ToString();
    }
}
