using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Pprof.Generators.Attributes;
using Pprof.Generators.Emit;
using Pprof.Generators.Tables;

namespace Pprof.Generators.Configuration;

/// <summary>What <c>[assembly: EnablePprof]</c> says.</summary>
/// <param name="IsExecutable">
/// Whether the attribute stands in an application. A library registers nothing: it would switch the endpoints on in
/// whatever process happens to load it.
/// </param>
/// <param name="Profiles">The flags of the profiles to link.</param>
/// <param name="Options">The properties that are set, in the order in which they are written.</param>
internal readonly record struct EnablePprofModel(bool IsExecutable, int Profiles, EquatableArray<OptionAssignment> Options)
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
            if (CSharpExpression.TryFormat(argument.Value) is not { } expression)
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
            new EnablePprofModel(isExecutable, profiles, new EquatableArray<OptionAssignment>([.. options])),
            SourcePosition.Of(use.Attribute, cancellation));
    }
}
