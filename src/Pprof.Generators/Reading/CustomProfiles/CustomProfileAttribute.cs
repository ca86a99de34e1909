using Microsoft.CodeAnalysis;

namespace Pprof.Generators.Reading.CustomProfiles;

/// <summary>What <c>[PprofProfile]</c> says.</summary>
/// <param name="Name">The name in the path; empty where it is missing or no constant.</param>
/// <param name="Description">The sentence on the index page, or empty.</param>
internal readonly record struct CustomProfileAttribute(string Name, string Description)
{
    /// <summary>Reads the attribute.</summary>
    public static CustomProfileAttribute Read(AttributeData attribute)
    {
        string? name = attribute.ConstructorArguments.Length == 1 ? attribute.ConstructorArguments[0].Value as string : null;
        string? description = attribute.NamedArguments.FirstOrDefault(static argument => argument.Key == "Description").Value.Value as string;
        return new CustomProfileAttribute(name ?? "", description ?? "");
    }
}
