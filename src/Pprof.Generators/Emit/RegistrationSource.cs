using Microsoft.CodeAnalysis;
using Pprof.Generators.Models;
using Pprof.Generators.Models.BuiltIn;

namespace Pprof.Generators.Emit;

/// <summary>Writes the module initializer that hands the application's options and table of profiles to the runtime.</summary>
internal static class RegistrationSource
{
    private const string DescriptorType = "global::Pprof.CompilerServices.ProfileDescriptor";
    private const string ShapeType = "global::Pprof.Profiles.ProfileShape";
    private const string FormsType = "global::Pprof.CompilerServices.ProfileForms";
    private const string Collectors = "global::Pprof.CompilerServices.ProfileCollectors";
    private const string RowsType = "global::Pprof.CompilerServices.ProfileRows";

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
        writer.Line("Configure = Configure,");
        WriteTable(writer, model);
        writer.Close(");");
        writer.Close();
        writer.Line();
        WriteOptions(writer, model.Options);
        writer.Close();
        return writer.ToString();
    }

    private static void WriteOptions(SourceWriter writer, EquatableArray<OptionAssignment> options)
    {
        writer.Line("private static void Configure(global::Pprof.PprofOptions options)");
        writer.Open();
        foreach (OptionAssignment option in options)
        {
            writer.Line($"options.{option.Property} = {option.Expression};");
        }

        writer.Close();
    }

    private static void WriteTable(SourceWriter writer, RegistrationModel model)
    {
        writer.Line($"Profiles = new {DescriptorType}[]");
        writer.Open();
        foreach (BuiltInProfile profile in BuiltInProfiles.All)
        {
            if ((profile.Bit & model.Profiles) != 0)
            {
                // Compiled ahead of time in the package, as this assembly is not.
                writer.Line($"{RowsType}.{profile.Flag}(),");
            }
        }

        foreach (CustomRow row in model.CustomProfiles)
        {
            WriteCustom(writer, row);
        }

        writer.Close(",");
    }

    private static void WriteCustom(SourceWriter writer, CustomRow row)
    {
        writer.Line($"new {DescriptorType}");
        writer.Open();
        writer.Line($"Name = {CSharpLiteral.Of(row.Name)},");
        writer.Line($"Href = {CSharpLiteral.Of(RelativeUrl.To(row.Name))},");
        writer.Line($"Description = {CSharpLiteral.Of(row.Description)},");
        writer.Line($"Shape = {ShapeType}.Counting({CSharpLiteral.Of(row.Name)}),");
        writer.Line($"Forms = {FormsType}.None,");
        writer.Line("Flag = global::Pprof.PprofProfiles.None,");
        writer.Line($"Collector = static () => {Collectors}.Custom({row.Expression}),");
        writer.Close(",");
    }
}
