using System.Diagnostics;
using System.Reflection;
using Pprof.Symbols.Managed;

namespace Pprof.Symbols.CoreClr;

/// <summary>Methods by name; their files and lines where there is a portable PDB.</summary>
internal sealed class CoreClrSymbols : ManagedSymbols
{
    private static readonly FrameSymbolCache s_cache = new(capacity: 64 * 1024);

    private readonly Dictionary<MethodBase, MethodName> _names = [];
    private readonly Dictionary<nuint, int> _startLines = [];
    private readonly Dictionary<string, string> _files = [];

    /// <inheritdoc/>
    public override FrameSymbol? Resolve(nuint address)
    {
        if (s_cache.Find(address) is { } known)
        {
            return known;
        }

        if (ManagedFrames.Instance.Resolve(address) is { } frame)
        {
            return Describe(frame);
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

    /// <summary>The symbol of <paramref name="method"/>, whose code is at <paramref name="address"/>.</summary>
    public FrameSymbol Describe(nuint address, MethodBase method)
    {
        MethodName name = NameOf(method);
        if (method.DeclaringType is null
            || !PortablePdb.Exists(method.Module)
            || SyntheticStackTrace.FrameOf(address, method, needFileInfo: true) is not { } frame
            || frame.GetFileName() is not { Length: > 0 } file)
        {
            return new FrameSymbol(name.Name, name.SystemName);
        }

        if (!_files.TryGetValue(file, out string? sameFile))
        {
            _files.Add(file, file);
            sameFile = file;
        }

        return new FrameSymbol(
            name.Name, name.SystemName, sameFile, frame.GetFileLineNumber(), StartLineOf(address, method, frame));
    }

    private FrameSymbol Describe(ManagedFrame frame)
    {
        MethodName name = frame.Method is null ? new MethodName(frame.Name, "") : NameOf(frame.Method);
        return new FrameSymbol(name.Name, name.SystemName, frame.FileName, frame.Line);
    }

    private MethodName NameOf(MethodBase method)
    {
        if (!_names.TryGetValue(method, out MethodName name))
        {
            name = MethodName.Of(method);
            _names.Add(method, name);
        }

        return name;
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
}
