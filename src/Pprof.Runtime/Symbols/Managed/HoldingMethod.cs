namespace Pprof.Symbols.Managed;

/// <summary>
/// Which method a type stands for that a compiler made: of C#, Visual Basic and F# the bodies of async methods and
/// iterators and the closures of lambdas, which they name after the method that holds them.
/// </summary>
internal static class HoldingMethod
{
    /// <summary>What a function is called that has no name.</summary>
    public const string Lambda = "lambda";

    /// <summary>
    /// Whether a type of this name holds code of methods of the type around it, and of which: null where the name does not
    /// tell.
    /// </summary>
    public static bool TryFind(string type, out string? method)
    {
        method = null;
        return type.StartsWith("<>c", StringComparison.Ordinal)
            || type.StartsWith("_Closure$__", StringComparison.Ordinal)
            || (method = OfCSharp(type) ?? OfVisualBasic(type) ?? OfFSharp(type)) is not null;
    }

    /// <summary>The function's own name in <c>name@12</c> and <c>name@12-1</c>, which F# makes; null in others.</summary>
    public static string? WithoutLine(string name)
    {
        int at = name.LastIndexOf('@');
        ReadOnlySpan<char> place = name.AsSpan(at + 1);
        return at > 0 && !place.IsEmpty && char.IsAsciiDigit(place[0]) && place.TrimEnd('T').IndexOfAnyExcept("0123456789-") < 0
            ? name[..at]
            : null;
    }

    /// <summary>
    /// <c>&lt;Method&gt;d__3</c> and <c>&lt;&lt;Method&gt;b__0&gt;d</c>. The name of a type has no dots, so that those of
    /// an explicit implementation or a constructor were made hyphens.
    /// </summary>
    private static string? OfCSharp(string type) =>
        ManagedName.TrySplit(type, out string inner, out ReadOnlySpan<char> rest)
        && inner.Length > 0
        && rest is ['d'] or ['d', '_', '_', ..]
            ? inner.Replace('-', '.')
            : null;

    /// <summary><c>VB$StateMachine_3_Method</c>.</summary>
    private static string? OfVisualBasic(string type)
    {
        const string Prefix = "VB$StateMachine_";
        int number = type.StartsWith(Prefix, StringComparison.Ordinal) ? type.IndexOf('_', Prefix.Length) : -1;
        return number < 0 ? null : type[(number + 1)..];
    }

    /// <summary>
    /// <c>method@12-1</c>. F# writes an explicit implementation with hyphens, which names in backquotes may have too. What
    /// stands in a pipeline is named after its place in it, when it is compiled for debugging.
    /// </summary>
    private static string? OfFSharp(string type)
    {
        string? name = WithoutLine(type);
        return name is null ? null
            : name.StartsWith("Pipe #", StringComparison.Ordinal) ? Lambda
            : name.StartsWith("System-", StringComparison.Ordinal) || name.Contains('<') ? name.Replace('-', '.')
            : name;
    }
}
