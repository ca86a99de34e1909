using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Pprof.Generators.Models;

namespace Pprof.Generators.Rules.EnablePprof;

/// <summary><c>[assembly: EnablePprof]</c> in the project under analysis.</summary>
internal sealed class EnablePprofUse
{
    private const int PolicyAccess = 2;
    private const int AnyoneAccess = 1;

    private readonly AttributeData _attribute;
    private readonly AttributeSyntax _syntax;

    private EnablePprofUse(AttributeData attribute, AttributeSyntax syntax)
    {
        _attribute = attribute;
        _syntax = syntax;
    }

    /// <summary>Where the attribute stands.</summary>
    public Location Location => _syntax.GetLocation();

    public string? Path => Get("Path") as string;

    public string? ListenUrl => Get("ListenUrl") is string { Length: > 0 } url ? url : null;

    public string? AuthorizationPolicy => Get("AuthorizationPolicy") is string policy && !string.IsNullOrWhiteSpace(policy) ? policy : null;

    public string? AllowedNetworks => Get("AllowedNetworks") as string;

    public bool IsForAnyone => Get("Access") is AnyoneAccess;

    public bool IsForPolicy => Get("Access") is PolicyAccess;

    /// <summary>Whether <c>Profiles</c> is written as <c>PprofProfiles.All</c>, whatever this version has.</summary>
    public bool AsksForAll => ArgumentOf("Profiles")?.DescendantNodes().OfType<IdentifierNameSyntax>()
        .Any(static name => name.Identifier.ValueText == "All") == true;

    /// <summary>The attribute of the project, or null.</summary>
    public static EnablePprofUse? Find(Compilation compilation, CancellationToken cancellation)
    {
        foreach (AttributeData attribute in compilation.Assembly.GetAttributes())
        {
            if (attribute.AttributeClass?.ToDisplayString() == KnownTypes.EnablePprofAttribute
                && attribute.ApplicationSyntaxReference?.GetSyntax(cancellation) is AttributeSyntax syntax)
            {
                return new EnablePprofUse(attribute, syntax);
            }
        }

        return null;
    }

    /// <summary>The constant that <paramref name="property"/> is set to; null where it is not set.</summary>
    public object? Get(string property)
    {
        foreach (KeyValuePair<string, TypedConstant> argument in _attribute.NamedArguments)
        {
            if (argument.Key == property && argument.Value.Kind is TypedConstantKind.Primitive or TypedConstantKind.Enum)
            {
                return argument.Value.Value;
            }
        }

        return null;
    }

    /// <summary>The whole number that <paramref name="property"/> is set to; null where it is not set.</summary>
    public long? GetNumber(string property) => Get(property) switch
    {
        int value => value,
        long value => value,
        _ => null,
    };

    /// <summary>Where <paramref name="property"/> is set, or the whole attribute.</summary>
    public Location LocationOf(string property) => ArgumentOf(property)?.GetLocation() ?? Location;

    private AttributeArgumentSyntax? ArgumentOf(string property) =>
        _syntax.ArgumentList?.Arguments.FirstOrDefault(argument => argument.NameEquals?.Name.Identifier.ValueText == property);
}
