using Microsoft.CodeAnalysis;
using Pprof.Generators.Models;
using Pprof.Generators.Models.CustomProfiles;

namespace Pprof.Generators.Emit;

/// <summary>Implements the declarations of custom profiles, and tells other assemblies of them.</summary>
internal static class CustomProfileSource
{
    private const string ProfileType = "global::" + KnownTypes.CustomProfile;
    private const string Refusal = "throw new global::System.NotSupportedException(\"This is no custom profile: the build says why.\");";

    /// <summary>Adds the file, where the project declares a profile or what is meant to be one.</summary>
    public static void Emit(SourceProductionContext context, CustomProfileSet set)
    {
        if (set.Profiles.Count + set.Refused.Count > 0)
        {
            context.AddSource(GeneratedFileNames.CustomProfiles, Write(set));
        }
    }

    private static string Write(CustomProfileSet set)
    {
        SourceWriter writer = GeneratedFile.Begin();
        if (set.Profiles.Count > 0)
        {
            WriteDeclarations(writer, set);
            WriteHolder(writer, set);
        }

        foreach (CustomProfileModel profile in set.Profiles)
        {
            writer.Line();
            WriteImplementation(writer, profile, () => writer.Line($"{profile.Signature} => {CustomProfileSet.FieldExpression(profile)};"));
        }

        foreach (CustomProfileModel profile in set.Refused)
        {
            writer.Line();
            WriteImplementation(writer, profile, () => WriteRefusal(writer, profile));
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

    private static void WriteImplementation(SourceWriter writer, CustomProfileModel profile, Action writeMember)
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
        writeMember();

        foreach (ContainingType _ in profile.ContainingTypes)
        {
            writer.Close();
        }

        if (profile.Namespace.Length > 0)
        {
            writer.Close();
        }
    }

    // Whoever switches the rule off, which an error allows, gets to know it from the call.
    private static void WriteRefusal(SourceWriter writer, CustomProfileModel profile)
    {
        if (profile.Accessors.Count == 0)
        {
            writer.Line($"{profile.Signature} => {Refusal}");
            return;
        }

        writer.Line(profile.Signature);
        writer.Open();
        foreach (string accessor in profile.Accessors)
        {
            writer.Line($"{accessor} => {Refusal}");
        }

        writer.Close();
    }
}
