using Microsoft.CodeAnalysis;
using Pprof.Generators.Models;

namespace Pprof.Generators.Tests.Testing;

/// <summary>Breaks caching on purpose: its model is an array, which is equal only to itself.</summary>
public sealed class UncachedGenerator : IIncrementalGenerator
{
    public const string Step = nameof(UncachedGenerator);

    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        IncrementalValuesProvider<string[]> models = context.SyntaxProvider
            .ForAttributeWithMetadataName(
                KnownTypes.EnablePprofAttribute,
                static (_, _) => true,
                static (attribute, _) => attribute.Attributes.Select(data => data.ToString()!).ToArray())
            .WithTrackingName(Step);
        context.RegisterSourceOutput(models, static (output, model) => output.AddSource("Uncached.g.cs", $"// {model.Length}"));
    }
}
