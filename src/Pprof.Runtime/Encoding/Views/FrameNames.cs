using Pprof.Symbols;

namespace Pprof.Encoding.Views;

/// <summary>
/// The functions of a profile as the pprof tool tells them apart: by name. What has no name is known by the file that it is
/// mapped from.
/// </summary>
internal sealed class FrameNames(Symbolizer symbolizer)
{
    private readonly Dictionary<nuint, int> _byAddress = [];
    private readonly Dictionary<string, int> _byName = new(StringComparer.Ordinal);
    private readonly List<string> _names = [];

    /// <summary>The names in the order of their numbers.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>The number of the name of the frame at <paramref name="address"/>.</summary>
    public int Of(nuint address)
    {
        if (!_byAddress.TryGetValue(address, out int index))
        {
            index = Of(symbolizer.Resolve(address)?.Name ?? FileOf(address));
            _byAddress.Add(address, index);
        }

        return index;
    }

    /// <summary>The number of a name.</summary>
    public int Of(string name)
    {
        if (!_byName.TryGetValue(name, out int index))
        {
            index = _names.Count;
            _byName.Add(name, index);
            _names.Add(name);
        }

        return index;
    }

    // The message gives an address that no mapping has to the first one.
    private string FileOf(nuint address)
    {
        CodeMapping? mapping = symbolizer.MappingOf(address) ?? symbolizer.Mappings.FirstOrDefault();
        return mapping is { FileName.Length: > 0 } ? $"[{Path.GetFileName(mapping.FileName)}]" : "<unknown>";
    }
}
