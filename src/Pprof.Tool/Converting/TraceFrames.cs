using Pprof.Symbols;

namespace Pprof.Tool.Converting;

/// <summary>
/// Gives what a recording names addresses, so that it can stand in a stack, each in the range of its module. The real
/// addresses would tell nobody anything: the code is gone with its process.
/// </summary>
internal sealed class TraceFrames : Symbolizer
{
    /// <summary>The module of what is no code.</summary>
    public const string Synthetic = "[synthetic]";

    private const int Spacing = 16;
    private const int RangeBits = 28;

    private readonly Dictionary<(string Module, FrameSymbol Symbol), nuint> _addresses = [];
    private readonly Dictionary<nuint, FrameSymbol> _symbols = [];
    private readonly Dictionary<string, int> _modules = new(StringComparer.Ordinal);
    private readonly List<int> _counts = [];
    private readonly List<CodeMapping> _mappings = [];

    /// <param name="program">The file of the program, which is the first module.</param>
    public TraceFrames(string program) => ModuleIndex(program);

    /// <inheritdoc/>
    public override IReadOnlyList<CodeMapping> Mappings => _mappings;

    /// <inheritdoc/>
    public override FrameSymbol? Resolve(nuint address) => _symbols.GetValueOrDefault(address);

    /// <summary>The address of a method, or of what stands for something, in a module.</summary>
    public nuint AddressOf(string name, string systemName, string module)
    {
        var symbol = new FrameSymbol(name, systemName == name ? "" : systemName);
        if (!_addresses.TryGetValue((module, symbol), out nuint address))
        {
            int index = ModuleIndex(module);
            address = _mappings[index].Start + (nuint)(++_counts[index] * Spacing);
            _addresses.Add((module, symbol), address);
            _symbols.Add(address, symbol);
        }

        return address;
    }

    private int ModuleIndex(string module)
    {
        if (!_modules.TryGetValue(module, out int index))
        {
            index = _mappings.Count;
            _modules.Add(module, index);
            _counts.Add(0);
            nuint start = (nuint)(index + 1) << RangeBits;
            _mappings.Add(new CodeMapping(start, start + ((nuint)1 << RangeBits), 0, module, ""));
        }

        return index;
    }
}
