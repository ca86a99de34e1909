using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Pprof.Generators.Models;
using Pprof.Generators.Models.BuiltIn;
using Pprof.Generators.Reading.Attributes;

namespace Pprof.Generators.Reading;

/// <summary>Reads <c>[assembly: EnablePprof]</c>.</summary>
internal static class EnablePprofAttributes
{
    private const string ProfilesProperty = "Profiles";

    /// <summary>The attribute in each file that has it. More than one is the compiler's to report.</summary>
    public static IEnumerable<Located<EnablePprofModel>> Find(Compilation compilation, CancellationToken cancellation) =>
        from use in AttributeUses.Find(compilation, KnownTypes.EnablePprofAttribute, static node => node is CompilationUnitSyntax, cancellation)
        select Read(use, cancellation);

    private static Located<EnablePprofModel> Read(AttributeUse use, CancellationToken cancellation)
    {
        int profiles = BuiltInProfiles.AllFlags;
        List<OptionAssignment> options = [];
        foreach (KeyValuePair<string, TypedConstant> argument in use.Attribute.NamedArguments)
        {
            // The compiler reports an argument that is not a constant of the property's type.
            if (ConstantExpression.TryFormat(argument.Value) is not { } expression)
            {
                continue;
            }

            options.Add(new OptionAssignment(argument.Key, expression));
            if (argument is { Key: ProfilesProperty, Value.Value: int flags })
            {
                profiles = flags;
            }
        }

        bool isExecutable = use.Compilation.Options.OutputKind
            is OutputKind.ConsoleApplication or OutputKind.WindowsApplication;
        return new Located<EnablePprofModel>(
            new EnablePprofModel(isExecutable, GeneratedLanguage.IsKnownTo(use.Node.SyntaxTree), profiles, new EquatableArray<OptionAssignment>([.. options])),
            use.FindPosition(cancellation));
    }
}
