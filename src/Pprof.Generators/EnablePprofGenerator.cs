using Microsoft.CodeAnalysis;
using Pprof.Generators.Configuration;
using Pprof.Generators.Emit;

namespace Pprof.Generators;

/// <summary>
/// Compiles <c>[assembly: EnablePprof]</c> into a module initializer that hands the application's options and its table
/// of profiles to the runtime.
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

        // Only an application registers, and only once.
        IncrementalValueProvider<EnablePprofModel?> registration = attributes
            .Collect()
            .Select(EnablePprofModel.ForApplication)
            .WithTrackingName(TrackingNames.Registration);

        // Write the module initializer.
        context.RegisterSourceOutput(registration, RegistrationSource.Emit);
    }
}
