using Microsoft.CodeAnalysis.CSharp;

namespace Pprof.Generators.Emit;

/// <summary>Writes values as C# literals.</summary>
internal static class CSharpLiteral
{
    /// <summary>A string literal.</summary>
    public static string Of(string value) => SymbolDisplay.FormatLiteral(value, quote: true);
}
