using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Pprof.Generators.Reading;

/// <summary>The version of C# that the registration is written in.</summary>
internal static class GeneratedLanguage
{
    /// <summary>Whether the project of <paramref name="tree"/> is compiled as this version or a later one.</summary>
    public static bool IsKnownTo(SyntaxTree tree) => ((CSharpParseOptions)tree.Options).LanguageVersion >= LanguageVersion.CSharp12;
}
