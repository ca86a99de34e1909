using Pprof.Process;
using Pprof.Profiles;
using Pprof.Symbols.Elf;
using Pprof.Symbols.Managed;

namespace Pprof.Symbols;

/// <summary>
/// Names managed and native code of this process, as it is mapped when the symbolizer is first asked for what is not
/// managed.
/// </summary>
/// <param name="managed">Names managed code.</param>
/// <param name="leavesNative">Whether native code without a name gets none, and not that of its file.</param>
internal sealed class ProcessSymbolizer(ManagedSymbols managed, bool leavesNative) : Symbolizer
{
    // Stands for no name among those that are kept.
    private static readonly FrameSymbol s_nameless = new("");

    private readonly ManagedCode _code = ManagedCode.Create();
    private readonly Dictionary<nuint, FrameSymbol?> _symbols = [];
    private readonly Dictionary<string, FrameSymbol> _placeholders = [];
    private CodeLayout? _layout;
    private ModuleTable? _modules;

    /// <inheritdoc/>
    public override IReadOnlyList<CodeMapping> Mappings => Layout.Mappings;

    private CodeLayout Layout => _layout ??= CodeLayout.Current();

    /// <inheritdoc/>
    public override FrameSymbol? Resolve(nuint address)
    {
        if (!_symbols.TryGetValue(address, out FrameSymbol? symbol))
        {
            symbol = CodeAddress.IsPossible(address) ? Find(address) : NameOf((PseudoFrame)address);
            _symbols.Add(address, symbol);
        }

        return symbol;
    }

    /// <inheritdoc/>
    public override nuint? FunctionStart(nuint address) => _code.TryGetMethodStart(address, out nuint start) ? start : null;

    private FrameSymbol? Find(nuint address)
    {
        if (TypeFrames.Instance.Resolve(address) is { } type)
        {
            return type;
        }

        if (NamedFrames.Instance.Resolve(address) is { } named)
        {
            return named;
        }

        // Before the map is asked: methods that were compiled since it was read are not in it.
        if (managed.Resolve(address) is { } method)
        {
            return method;
        }

        if (Layout.Map.Find(address) is not { IsExecutable: true } region)
        {
            return null;
        }

        if (MappingList.IsCompiledCode(region))
        {
            return ManagedRuntime.IsCoreClr ? Placeholder("[JIT stub]") : null;
        }

        FrameSymbol? native = Layout.NativeNames.Find(address);
        if (native is null)
        {
            native = NameOfNative(address, region);
            Layout.NativeNames.Add(address, native);
        }

        return !ReferenceEquals(native, s_nameless) ? native
            : leavesNative ? null
            : Placeholder($"[{Path.GetFileName(region.Path)}]");
    }

    /// <summary>The name of native code; <see cref="s_nameless"/> where only who has its module's symbols can tell it.</summary>
    private FrameSymbol NameOfNative(nuint address, ProcessMapRegion region)
    {
        ModuleTable modules = _modules ??= new ModuleTable(Layout.Map);
        if (modules.ModuleOf(address) is { } module)
        {
            if (module.FunctionAt(address) is { } rawName)
            {
                return ItaniumName.Demangle(rawName) is { } name ? new FrameSymbol(name, rawName) : new FrameSymbol(rawName);
            }

            // What has no file has no symbols anywhere.
            if (!module.Path.StartsWith('['))
            {
                return s_nameless;
            }
        }

        return Placeholder(region.Path.StartsWith('[') ? region.Path : $"[{Path.GetFileName(region.Path)}]");
    }

    private FrameSymbol Placeholder(string name)
    {
        if (!_placeholders.TryGetValue(name, out FrameSymbol? symbol))
        {
            symbol = new FrameSymbol(name);
            _placeholders.Add(name, symbol);
        }

        return symbol;
    }

    private FrameSymbol? NameOf(PseudoFrame frame) => frame switch
    {
        PseudoFrame.Unsampled => Placeholder("[unsampled CPU time]"),
        PseudoFrame.LostSamples => Placeholder("[lost samples]"),
        PseudoFrame.UnknownStack => Placeholder("[unknown stack]"),
        PseudoFrame.UntrackedThread => Placeholder("[created before tracking or by native code]"),
        PseudoFrame.TruncatedStack => Placeholder("[truncated stack]"),
        PseudoFrame.MergedStacks => Placeholder("[rare stacks]"),
        PseudoFrame.Runnable => Placeholder("[waiting for a processor]"),
        _ => null,
    };
}
