using Microsoft.CodeAnalysis;
using Pprof.Generators.Models;

namespace Pprof.Generators.Tests.Testing;

/// <summary>Keeps a symbol on purpose, in a model that is equal to its successor all the same.</summary>
public sealed class SymbolKeepingGenerator : IIncrementalGenerator
{
    public const string Step = nameof(SymbolKeepingGenerator);

    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        IncrementalValuesProvider<Model> models = context.SyntaxProvider
            .ForAttributeWithMetadataName(
                KnownTypes.EnablePprofAttribute,
                static (_, _) => true,
                static (attribute, _) => new Model(attribute.TargetSymbol.Name, attribute.TargetSymbol))
            .WithTrackingName(Step);
        context.RegisterSourceOutput(models, static (output, model) => output.AddSource("Symbol.g.cs", $"// {model.Name}"));
    }

    private sealed record Model(string Name, ISymbol Symbol)
    {
        public bool Equals(Model? other) => other?.Name == Name;

        public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);
    }
}
