using System.Collections;
using System.Reflection;
using Microsoft.CodeAnalysis;
using Xunit;

namespace Pprof.Generators.Tests.Testing;

/// <summary>Looks through everything that a model refers to.</summary>
internal static class ModelShape
{
    /// <summary>
    /// Fails when <paramref name="model"/> leads to a symbol, a syntax node or anything else of the compiler: it would
    /// keep a whole compilation alive, and would never be equal to its successor.
    /// </summary>
    public static void AssertHoldsNothingOfTheCompiler(object? model) =>
        Visit(model, model?.GetType().Name ?? "null", new HashSet<object>(ReferenceEqualityComparer.Instance));

    private static void Visit(object? value, string path, HashSet<object> seen)
    {
        if (value is null or string || value.GetType().IsPrimitive || value.GetType().IsEnum || !seen.Add(value))
        {
            return;
        }

        Type type = value.GetType();
        Assert.False(
            type.Assembly == typeof(ISymbol).Assembly || type.Assembly.GetName().Name == "Microsoft.CodeAnalysis.CSharp",
            $"{path} is a {type}.");

        if (value is IEnumerable items)
        {
            int index = 0;
            foreach (object? item in items)
            {
                Visit(item, $"{path}[{index++}]", seen);
            }

            return;
        }

        for (Type? declaring = type; declaring is not null; declaring = declaring.BaseType)
        {
            const BindingFlags Fields = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
            foreach (FieldInfo field in declaring.GetFields(Fields))
            {
                Visit(field.GetValue(value), $"{path}.{field.Name}", seen);
            }
        }
    }
}
