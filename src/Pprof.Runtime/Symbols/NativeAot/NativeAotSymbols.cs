using System.Diagnostics;
using Pprof.Process;
using Pprof.Symbols.Managed;

namespace Pprof.Symbols.NativeAot;

/// <summary>
/// Methods by name, from the metadata that the compiler embeds for stack traces; there are no files and lines. Without
/// that metadata (<c>StackTraceSupport</c> false) nothing is known.
/// </summary>
internal sealed class NativeAotSymbols : ManagedSymbols
{
    // Of engines that ask every ten seconds each asks for the same names, which the metadata give in a microsecond or two.
    private static readonly FrameSymbolCache s_cache = new(capacity: 64 * 1024);
    private static readonly string[] s_singleParameter = ["T"];

    private readonly Dictionary<(string Type, string Method), FrameSymbol> _symbols = [];

    /// <inheritdoc/>
    public override FrameSymbol? Resolve(nuint address)
    {
        if (s_cache.Find(address) is { } known)
        {
            return known;
        }

        if (!NativeAotFrame.IsSupported
            || !NativeAotFrame.TryCreate(address, out StackFrame? frame)
            || DiagnosticMethodInfo.Create(frame!) is not { } method)
        {
            return null;
        }

        (string Type, string Method) key = (method.DeclaringTypeName ?? "", method.Name);
        if (!_symbols.TryGetValue(key, out FrameSymbol? symbol))
        {
            symbol = SymbolOf(key.Type, key.Method);
            _symbols.Add(key, symbol);
        }

        s_cache.Add(address, symbol);
        return symbol;
    }

    /// <summary>The names of the assembly and of the type that has the method at <paramref name="address"/>, as the metadata have them.</summary>
    public static bool TryFindType(nuint address, out string assembly, out string type)
    {
        if (!NativeAotFrame.IsSupported
            || !NativeAotFrame.TryCreate(address, out StackFrame? frame)
            || DiagnosticMethodInfo.Create(frame!) is not { } method)
        {
            assembly = type = "";
            return false;
        }

        string name = method.DeclaringAssemblyName;
        int end = name.IndexOf(',');
        assembly = end < 0 ? name : name[..end];
        type = method.DeclaringTypeName ?? "";
        return true;
    }

    /// <summary>A method by the names that the metadata have of it and of its type.</summary>
    public static FrameSymbol SymbolOf(string type, string method) => new(NameOf(type, method), $"{type}::{method}");

    private static string NameOf(string type, string method)
    {
        string[] names = type.Split('+');
        int space = names[0].LastIndexOf('.');
        var levels = new List<TypeLevel>(names.Length);
        for (int i = 0; i < names.Length; i++)
        {
            string name = i == 0 ? names[0][(space + 1)..] : names[i];
            int arity = name.IndexOf('`');
            levels.Add(arity < 0
                ? new TypeLevel(name, [])
                : new TypeLevel(name[..arity], ParametersOf(name.AsSpan(arity + 1))));
        }

        return ManagedName.Compose(space > 0 ? names[0][..space] : null, levels, method, []);
    }

    /// <summary>The metadata have the number of type parameters, not their names.</summary>
    private static string[] ParametersOf(ReadOnlySpan<char> arity)
    {
        if (!int.TryParse(arity, out int count) || count is < 1 or > 32)
        {
            return [];
        }

        return count == 1 ? s_singleParameter : [.. Enumerable.Range(1, count).Select(i => $"T{i}")];
    }
}
