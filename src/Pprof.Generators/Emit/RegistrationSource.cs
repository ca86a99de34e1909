using Microsoft.CodeAnalysis;
using Pprof.Generators.Models;
using Pprof.Generators.Models.BuiltIn;

namespace Pprof.Generators.Emit;

/// <summary>Writes the module initializer that hands the application's options and table of profiles to the runtime.</summary>
internal static class RegistrationSource
{
    private const string DescriptorType = "global::Pprof.CompilerServices.ProfileDescriptor";
    private const string SampleTypeType = "global::Pprof.Profiles.SampleType";
    private const string ShapeType = "global::Pprof.Profiles.ProfileShape";
    private const string TextType = "global::Pprof.Profiles.ProfileText";
    private const string FormatType = "global::Pprof.CompilerServices.ProfileFormat";
    private const string LinkType = "global::Pprof.CompilerServices.ProfileLink";
    private const string ParameterType = "global::Pprof.CompilerServices.ProfileParameter";
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
                WriteBuiltIn(writer, profile);
            }
        }

        foreach (CustomRow row in model.CustomProfiles)
        {
            WriteCustom(writer, row);
        }

        writer.Close(",");
    }

    private static void WriteBuiltIn(SourceWriter writer, BuiltInProfile profile)
    {
        OpenRow(writer, profile.Name, profile.Description);
        WriteShape(writer, profile.SampleTypes, profile.PeriodType, profile.DefaultSampleType, profile.Text);
        WriteForms(writer, profile.Forms);
        if (profile.DefaultSeconds != 0)
        {
            writer.Line($"DefaultSeconds = {profile.DefaultSeconds},");
        }

        if (profile.Parameters.Count != 0)
        {
            writer.Line($"Parameters = new {ParameterType}[]");
            writer.Open();
            foreach (ProfileParameter parameter in profile.Parameters)
            {
                writer.Line(parameter.Words.Count == 0
                    ? $"new {ParameterType}({CSharpLiteral.Of(parameter.Name)}, {parameter.Minimum}, {parameter.Maximum}, static options => options.{parameter.Option}),"
                    : $"new {ParameterType}({CSharpLiteral.Of(parameter.Name)}, new string[] {{ {string.Join(", ", parameter.Words.Select(CSharpLiteral.Of))} }}, {parameter.DefaultBits}),");
            }

            writer.Close(",");
        }

        if (profile.Sibling.Length != 0)
        {
            writer.Line($"Sibling = {CSharpLiteral.Of(profile.Sibling)},");
        }

        if (profile.Formats.Count != 0)
        {
            writer.Line($"Formats = new {FormatType}[]");
            writer.Open();
            foreach (ProfileFormat format in profile.Formats)
            {
                string parameters = format.Parameters.Count == 0 ? "new string[0]" : $"new string[] {{ {string.Join(", ", format.Parameters.Select(CSharpLiteral.Of))} }}";
                writer.Line($"new {FormatType}({CSharpLiteral.Of(format.Name)}, {CSharpLiteral.Of(format.FileName)}, {parameters}),");
            }

            writer.Close(",");
        }

        if (profile.Links.Count != 0)
        {
            writer.Line($"Links = new {LinkType}[]");
            writer.Open();
            foreach (ProfileLink link in profile.Links)
            {
                writer.Line($"new {LinkType}({CSharpLiteral.Of(link.Text)}, {CSharpLiteral.Of(link.Query)}),");
            }

            writer.Close(",");
        }

        if (profile.Views.Count != 0)
        {
            writer.Line($"Views = new {DescriptorType}[]");
            writer.Open();
            foreach (BuiltInView view in profile.Views)
            {
                WriteView(writer, profile, view);
            }

            writer.Close(",");
        }

        CloseRow(writer, profile.Flag, $"{Collectors}.{profile.Flag}");
    }

    private static void WriteView(SourceWriter writer, BuiltInProfile profile, BuiltInView view)
    {
        OpenRow(writer, profile.Name, "");
        writer.Line($"View = {CSharpLiteral.Of(view.Name)},");
        WriteShape(writer, view.SampleTypes, view.PeriodType, null, view.Text);
        WriteForms(writer, view.Forms);
        CloseRow(writer, profile.Flag, $"{Collectors}.{view.Collector}");
    }

    private static void WriteShape(
        SourceWriter writer, IReadOnlyList<SampleType> sampleTypes, SampleType periodType, string? defaultSampleType, ProfileText text)
    {
        if (sampleTypes.Count == 0)
        {
            writer.Line("Shape = null,");
            return;
        }

        writer.Line($"Shape = new {ShapeType}");
        writer.Open();
        writer.Line($"SampleTypes = new {SampleTypeType}[]");
        writer.Open();
        foreach (SampleType type in sampleTypes)
        {
            writer.Line(Expression(type) + ",");
        }

        writer.Close(",");
        writer.Line($"PeriodType = {Expression(periodType)},");
        if (defaultSampleType is { } shown)
        {
            writer.Line($"DefaultSampleType = {CSharpLiteral.Of(shown)},");
        }

        writer.Line($"Text = {TextType}.{text},");
        writer.Close(",");
    }

    private static void WriteForms(SourceWriter writer, ProfileForms forms) =>
        writer.Line($"Forms = {string.Join(" | ", forms.ToString().Split([", "], StringSplitOptions.None).Select(static form => $"{FormsType}.{form}"))},");

    private static void WriteCustom(SourceWriter writer, CustomRow row)
    {
        OpenRow(writer, row.Name, row.Description);
        writer.Line($"Shape = {ShapeType}.Counting({CSharpLiteral.Of(row.Name)}),");
        writer.Line($"Forms = {FormsType}.None,");
        CloseRow(writer, "None", $"static () => {Collectors}.Custom({row.Expression})");
    }

    private static void OpenRow(SourceWriter writer, string name, string description)
    {
        writer.Line($"new {DescriptorType}");
        writer.Open();
        writer.Line($"Name = {CSharpLiteral.Of(name)},");
        writer.Line($"Href = {CSharpLiteral.Of(RelativeUrl.To(name))},");
        writer.Line($"Description = {CSharpLiteral.Of(description)},");
    }

    private static void CloseRow(SourceWriter writer, string flag, string collector)
    {
        writer.Line($"Flag = global::Pprof.PprofProfiles.{flag},");
        writer.Line($"Collector = {collector},");
        writer.Close(",");
    }

    private static string Expression(SampleType type) =>
        $"new {SampleTypeType}({CSharpLiteral.Of(type.Type)}, {CSharpLiteral.Of(type.Unit)})";
}
