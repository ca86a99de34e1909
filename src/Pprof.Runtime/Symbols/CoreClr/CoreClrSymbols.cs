using System.Diagnostics;
using System.Reflection;

namespace Pprof.Symbols.CoreClr;

/// <summary>Methods by name; their files and lines where there is a portable PDB.</summary>
internal sealed class CoreClrSymbols : ManagedSymbols
{
    // An assembly of which this many methods have no file has no PDB; to ask for the file is the larger part of the cost.
    private const int MethodsWithoutFile = 8;

    private static readonly FrameSymbolCache s_cache = new(capacity: 64 * 1024);

    private readonly Dictionary<MethodBase, (string Name, string SystemName)> _names = [];
    private readonly Dictionary<nuint, int> _startLines = [];
    private readonly Dictionary<string, string> _files = [];
    private readonly Dictionary<Module, HashSet<MethodBase>> _withoutFile = [];

    /// <inheritdoc/>
    public override FrameSymbol? Resolve(nuint address)
    {
        if (s_cache.Find(address) is { } known)
        {
            return known;
        }

        if (ManagedFrames.Resolve(address) is { } captured)
        {
            return SymbolOf(captured);
        }

        if (NativeMethodLookup.Find(address) is not { } method)
        {
            return null;
        }

        FrameSymbol symbol = Describe(address, method);

        // What can be unloaded leaves its addresses to others.
        if (method.DeclaringType is not null && !method.IsCollectible)
        {
            s_cache.Add(address, symbol);
        }

        return symbol;
    }

    private FrameSymbol Describe(nuint address, MethodBase method)
    {
        (string Name, string SystemName) names = CachedNamesOf(method);

        if (method.DeclaringType is null
            || (_withoutFile.TryGetValue(method.Module, out HashSet<MethodBase>? withoutFile)
                && withoutFile.Count >= MethodsWithoutFile))
        {
            return new FrameSymbol(names.Name, names.SystemName);
        }

        StackFrame? frame = SyntheticStackTrace.FrameOf(address, method, needFileInfo: true);
        if (frame?.GetFileName() is not { Length: > 0 } file)
        {
            (withoutFile ??= _withoutFile[method.Module] = []).Add(method);
            return new FrameSymbol(names.Name, names.SystemName);
        }

        if (!_files.TryGetValue(file, out string? sameFile))
        {
            _files.Add(file, file);
            sameFile = file;
        }

        return new FrameSymbol(
            names.Name, names.SystemName, sameFile, frame.GetFileLineNumber(), StartLineOf(address, method, frame));
    }

    private FrameSymbol SymbolOf(ManagedFrame frame)
    {
        (string name, string systemName) = frame.Method is { } method ? CachedNamesOf(method) : (frame.Name, "");
        return new FrameSymbol(name, systemName, frame.FileName, frame.Line);
    }

    private (string Name, string SystemName) CachedNamesOf(MethodBase method)
    {
        if (!_names.TryGetValue(method, out (string Name, string SystemName) names))
        {
            names = NamesOf(method);
            _names.Add(method, names);
        }

        return names;
    }

    /// <summary>The line that the method's first instruction stands for; 0 where that is code of the compiler's own.</summary>
    private int StartLineOf(nuint address, MethodBase method, StackFrame frame)
    {
        int offset = frame.GetNativeOffset();
        if (offset == StackFrame.OFFSET_UNKNOWN || (nuint)offset > address)
        {
            return 0;
        }

        nuint start = address - (nuint)offset;
        if (!_startLines.TryGetValue(start, out int line))
        {
            line = SyntheticStackTrace.FrameOf(start, method, needFileInfo: true)?.GetFileLineNumber() ?? 0;
            _startLines.Add(start, line);
        }

        return line;
    }

    private static (string Name, string SystemName) NamesOf(MethodBase method)
    {
        // Methods that were made at run time have a name and nothing around it; so have those of a module.
        if (method.DeclaringType is not { } type)
        {
            return (method.Name, "");
        }

        type = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        var levels = new List<TypeLevel>();
        Type[] parameters = type.GetGenericArguments();
        for (Type? level = type; level is not null; level = level.DeclaringType)
        {
            // A nested type repeats the parameters of those around it.
            int inherited = level.DeclaringType?.GetGenericArguments().Length ?? 0;
            int own = level.GetGenericArguments().Length;
            int arity = level.Name.IndexOf('`');
            levels.Add(new TypeLevel(
                arity < 0 ? level.Name : level.Name[..arity],
                own > inherited ? [.. parameters[inherited..own].Select(p => p.Name)] : []));
        }

        levels.Reverse();
        string[] methodParameters = method is MethodInfo { IsGenericMethod: true } generic
            ? [.. generic.GetGenericMethodDefinition().GetGenericArguments().Select(p => p.Name)]
            : [];
        return (
            ManagedName.Compose(type.Namespace, levels, method.Name, methodParameters),
            $"{type.FullName ?? type.Name}::{method.Name}");
    }
}
