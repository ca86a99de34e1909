using Microsoft.CodeAnalysis;
using Pprof.Generators.Models;
using Pprof.Generators.Models.CustomProfiles;

namespace Pprof.Generators.Emit;

/// <summary>Implements the declarations of custom profiles, and tells other assemblies of them.</summary>
internal static class CustomProfileSource
{
    private const string ProfileType = "global::" + KnownTypes.CustomProfile;

    /// <summary>Adds the file, where the project declares a profile.</summary>
    public static void Emit(SourceProductionContext context, CustomProfileSet set)
    {
        if (set.Profiles.Count > 0)
        {
            context.AddSource(GeneratedFileNames.CustomProfiles, Write(set));
        }
    }

    private static string Write(CustomProfileSet set)
    {
        SourceWriter writer = GeneratedFile.Begin();
        WriteDeclarations(writer, set);
        WriteHolder(writer, set);
        foreach (CustomProfileModel profile in set.Profiles)
        {
            writer.Line();
            WriteImplementation(writer, set, profile);
        }

        return writer.ToString();
    }

    private static void WriteDeclarations(SourceWriter writer, CustomProfileSet set)
    {
        foreach (CustomProfileModel profile in set.Profiles)
        {
            writer.Line(
                $"[assembly: global::{KnownTypes.DeclarationNamespace}.{KnownTypes.DeclarationAttribute}("
                + $"{CSharpLiteral.Of(profile.Name)}, {CSharpLiteral.Of(profile.Description)}, "
                + $"\"{CustomProfileSet.HolderNamespace}.{set.HolderName}\", \"{CustomProfileSet.FieldName(profile)}\")]");
        }

        writer.Line();
    }

    private static void WriteHolder(SourceWriter writer, CustomProfileSet set)
    {
        writer.Line($"namespace {CustomProfileSet.HolderNamespace}");
        writer.Open();
        writer.Line("/// <summary>The custom profiles that this assembly declares.</summary>");
        writer.Line(GeneratedFile.GeneratedCode);
        writer.Line(GeneratedFile.ExcludeFromCodeCoverage);
        writer.Line(GeneratedFile.Hidden);
        writer.Line($"public static class {set.HolderName}");
        writer.Open();
        foreach (CustomProfileModel profile in set.Profiles)
        {
            writer.Line("/// <summary>A custom profile.</summary>");
            writer.Line(
                $"public static readonly {ProfileType} {CustomProfileSet.FieldName(profile)} = "
                + $"new {ProfileType}({CSharpLiteral.Of(profile.Name)});");
        }

        writer.Close();
        writer.Close();
    }

    private static void WriteImplementation(SourceWriter writer, CustomProfileSet set, CustomProfileModel profile)
    {
        if (profile.Namespace.Length > 0)
        {
            writer.Line($"namespace {profile.Namespace}");
            writer.Open();
        }

        foreach (ContainingType type in profile.ContainingTypes)
        {
            writer.Line($"partial {type.Keyword} {type.Name}");
            writer.Open();
        }

        writer.Line(GeneratedFile.GeneratedCode);
        writer.Line(GeneratedFile.ExcludeFromCodeCoverage);
        writer.Line($"{profile.Modifiers} {ProfileType} {profile.Member}{(profile.IsMethod ? "()" : "")} => {set.FieldExpression(profile)};");

        foreach (ContainingType _ in profile.ContainingTypes)
        {
            writer.Close();
        }

        if (profile.Namespace.Length > 0)
        {
            writer.Close();
        }
    }
}
