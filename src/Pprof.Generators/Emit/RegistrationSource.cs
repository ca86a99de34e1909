using Microsoft.CodeAnalysis;
using Pprof.Generators.Models;
using Pprof.Generators.Models.BuiltIn;

namespace Pprof.Generators.Emit;

/// <summary>Writes the module initializer that hands the application's options and table of profiles to the runtime.</summary>
internal static class RegistrationSource
{
    private const string DescriptorType = "global::Pprof.CompilerServices.ProfileDescriptor";
    private const string SampleTypeType = "global::Pprof.CompilerServices.SampleTypeDescriptor";
    private const string FormsType = "global::Pprof.CompilerServices.ProfileForms";
    private const string Collectors = "global::Pprof.CompilerServices.ProfileCollectors";

    /// <summary>Adds the file, where the application asks for one.</summary>
    public static void Emit(SourceProductionContext context, RegistrationModel? registration)
    {
        if (registration is { } model)
        {
            context.AddSource(GeneratedFileNames.Registration, Write(model));
        }
    }

    private static string Write(RegistrationModel model)
    {
        SourceWriter writer = GeneratedFile.Begin();
        writer.Line("/// <summary>Hands what [assembly: EnablePprof] says to the runtime, before the application's own code runs.</summary>");
        writer.Line(GeneratedFile.GeneratedCode);
        writer.Line(GeneratedFile.ExcludeFromCodeCoverage);
        writer.Line(GeneratedFile.DebuggerNonUserCode);
        writer.Line("file static class PprofModuleInitializer");
        writer.Open();
        writer.Line("[global::System.Runtime.CompilerServices.ModuleInitializerAttribute]");
        writer.Line("internal static void Initialize()");
        writer.Open();
        writer.Line("global::Pprof.Hosting.PprofRegistration.Register(new global::Pprof.CompilerServices.PprofManifest");
        writer.Open();
        WriteOptions(writer, model.Options);
        WriteTable(writer, model);
        writer.Close(");");
        writer.Close();
        writer.Close();
        return writer.ToString();
    }

    private static void WriteOptions(SourceWriter writer, EquatableArray<OptionAssignment> options)
    {
        writer.Line("Configure = static options =>");
        writer.Open();
        foreach (OptionAssignment option in options)
        {
            writer.Line($"options.{option.Property} = {option.Expression};");
        }

        writer.Close(",");
    }

    private static void WriteTable(SourceWriter writer, RegistrationModel model)
    {
        writer.Line($"Profiles = new {DescriptorType}[]");
        writer.Open();
        foreach (BuiltInProfile profile in BuiltInProfiles.All)
        {
            if ((profile.Bit & model.Profiles) != 0)
            {
                WriteRow(writer, profile.Name, profile.Description, profile.SampleTypes, profile.Forms, profile.Flag, $"{Collectors}.{profile.Flag}()");
            }
        }

        foreach (CustomRow row in model.CustomProfiles)
        {
            SampleType[] count = [new(row.Name, "count")];
            WriteRow(writer, row.Name, row.Description, count, ProfileForms.Text, "None", $"{Collectors}.Custom({row.Expression})");
        }

        writer.Close(",");
    }

    private static void WriteRow(
        SourceWriter writer,
        string name,
        string description,
        IReadOnlyList<SampleType> sampleTypes,
        ProfileForms forms,
        string flag,
        string collector)
    {
        writer.Line($"new {DescriptorType}");
        writer.Open();
        writer.Line($"Name = {CSharpLiteral.Of(name)},");
        writer.Line($"Href = {CSharpLiteral.Of(RelativeUrl.To(name))},");
        writer.Line($"Description = {CSharpLiteral.Of(description)},");
        writer.Line($"SampleTypes = new {SampleTypeType}[]");
        writer.Open();
        foreach (SampleType type in sampleTypes)
        {
            writer.Line($"new {SampleTypeType}({CSharpLiteral.Of(type.Type)}, {CSharpLiteral.Of(type.Unit)}),");
        }

        writer.Close(",");
        writer.Line($"Forms = {string.Join(" | ", forms.ToString().Split([", "], StringSplitOptions.None).Select(static form => $"{FormsType}.{form}"))},");
        writer.Line($"Flag = global::Pprof.PprofProfiles.{flag},");
        writer.Line($"Collector = static () => {collector},");
        writer.Close(",");
    }
}
