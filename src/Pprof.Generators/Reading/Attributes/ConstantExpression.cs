using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Pprof.Generators.Reading.Attributes;

/// <summary>Writes the constants of an attribute as C# expressions that mean the same in every context.</summary>
internal static class ConstantExpression
{
    /// <summary>The expression for <paramref name="constant"/>; null where it is an error or no single value.</summary>
    public static string? TryFormat(TypedConstant constant) => constant.Kind switch
    {
        TypedConstantKind.Enum => FormatEnum(constant),
        TypedConstantKind.Primitive when constant.IsNull => "null!",
        TypedConstantKind.Primitive => SymbolDisplay.FormatPrimitive(constant.Value!, quoteStrings: true, useHexadecimalNumbers: false),
        _ => null,
    };

    private static string FormatEnum(TypedConstant constant)
    {
        string type = constant.Type!.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat);
        List<IFieldSymbol> members = [.. constant.Type.GetMembers().OfType<IFieldSymbol>().Where(static field => field.HasConstantValue)];
        if (members.Find(field => Equals(field.ConstantValue, constant.Value)) is { } member)
        {
            return $"{type}.{member.Name}";
        }

        // Several flags, or a value that the enum does not name: take the single bits, and cast where they do not add up.
        long value = Convert.ToInt64(constant.Value);
        List<IFieldSymbol> bits = [.. members.Where(field => IsBitOf(value, Convert.ToInt64(field.ConstantValue)))];
        return bits.Aggregate(0L, static (sum, field) => sum | Convert.ToInt64(field.ConstantValue)) == value
            ? string.Join(" | ", bits.Select(field => $"{type}.{field.Name}"))
            : $"({type})({value})";
    }

    private static bool IsBitOf(long value, long bit) => bit != 0 && (bit & (bit - 1)) == 0 && (value & bit) == bit;
}
