using Microsoft.CodeAnalysis;
using Pprof.Generators.Emit;
using Pprof.Generators.Models;
using Pprof.Generators.Models.CustomProfiles;
using Pprof.Generators.Reading;
using Pprof.Generators.Reading.CustomProfiles;
using Pprof.Generators.Rules.CustomProfiles;

namespace Pprof.Generators;

/// <summary>
/// Implements the declarations of custom profiles, and compiles <c>[assembly: EnablePprof]</c> into a module initializer
/// that hands the application's options and its table of profiles to the runtime.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class EnablePprofGenerator : IIncrementalGenerator
{
    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        // Find the attribute and take from it all that the rest needs.
        IncrementalValuesProvider<Located<EnablePprofModel>> locatedAttributes = context.CompilationProvider
            .SelectMany(EnablePprofAttributes.Find);
        IncrementalValuesProvider<EnablePprofModel> attributes = locatedAttributes
            .Select(static (attribute, _) => attribute.Model)
            .WithTrackingName(TrackingNames.Attributes);

        // Find the custom profiles that this project declares.
        IncrementalValuesProvider<Located<CustomProfileModel>> locatedProfiles = context.CompilationProvider
            .SelectMany(CustomProfileDeclarations.Find);
        IncrementalValuesProvider<CustomProfileModel> customProfiles = locatedProfiles
            .Select(static (profile, _) => profile.Model)
            .WithTrackingName(TrackingNames.CustomProfiles);
        IncrementalValueProvider<string> assembly = context.CompilationProvider
            .Select(static (compilation, _) => compilation.AssemblyName ?? "")
            .WithTrackingName(TrackingNames.Assembly);
        IncrementalValueProvider<CustomProfileSet> own = customProfiles
            .Collect()
            .Select(CustomProfileSet.Create)
            .WithTrackingName(TrackingNames.CustomProfileSet);

        // Find those that referenced libraries declare.
        IncrementalValuesProvider<DeclaredProfile> referenced = context.MetadataReferencesProvider
            .SelectMany(ReferencedProfiles.Read)
            .WithTrackingName(TrackingNames.ReferencedProfiles);

        // Put the application's table together. Only an application registers, and only once.
        IncrementalValueProvider<RegistrationModel?> registration = attributes
            .Collect()
            .Combine(own)
            .Combine(referenced.Collect())
            .Select(RegistrationModel.Create)
            .WithTrackingName(TrackingNames.Registration);

        // Find the names that only one of two profiles can have.
        IncrementalValueProvider<EquatableArray<NameClash>> clashes = locatedProfiles
            .Collect()
            .Combine(assembly)
            .Combine(locatedAttributes.Collect())
            .Combine(referenced.Collect())
            .Select(NameClashes.Find)
            .WithTrackingName(TrackingNames.NameClashes);

        // Write the implementations and the module initializer.
        context.RegisterSourceOutput(own, CustomProfileSource.Emit);
        context.RegisterSourceOutput(registration, RegistrationSource.Emit);
        context.RegisterSourceOutput(clashes, NameClashReport.Report);
    }
}
