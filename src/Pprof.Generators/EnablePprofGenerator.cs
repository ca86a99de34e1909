using Microsoft.CodeAnalysis;
using Pprof.Generators.Configuration;
using Pprof.Generators.CustomProfiles;
using Pprof.Generators.Emit;
using Pprof.Generators.Tables;

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
        IncrementalValuesProvider<EnablePprofModel> attributes = context.SyntaxProvider
            .ForAttributeWithMetadataName(KnownTypes.EnablePprofAttribute, EnablePprofModel.IsCandidate, EnablePprofModel.Read)
            .WithTrackingName(TrackingNames.Attributes);

        // Find the custom profiles that this project declares.
        IncrementalValuesProvider<CustomProfileModel> customProfiles = context.SyntaxProvider
            .ForAttributeWithMetadataName(KnownTypes.PprofProfileAttribute, CustomProfileModel.IsCandidate, CustomProfileModel.Read)
            .Where(static profile => profile is not null)
            .Select(static (profile, _) => profile!)
            .WithTrackingName(TrackingNames.CustomProfiles);
        IncrementalValueProvider<(string Name, bool IsExecutable)> assembly = context.CompilationProvider
            .Select(CustomProfileSet.DescribeAssembly)
            .WithTrackingName(TrackingNames.Assembly);
        IncrementalValueProvider<CustomProfileSet> own = customProfiles
            .Collect()
            .Combine(assembly)
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

        // Write the implementations and the module initializer.
        context.RegisterSourceOutput(own, CustomProfileSource.Emit);
        context.RegisterSourceOutput(registration, RegistrationSource.Emit);
    }
}
