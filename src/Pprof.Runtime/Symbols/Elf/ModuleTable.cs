using Pprof.Process;

namespace Pprof.Symbols.Elf;

/// <summary>
/// The ELF modules of the process by address. Modules are read when they are first asked for and kept while they stay
/// loaded. Not safe for concurrent use.
/// </summary>
internal sealed class ModuleTable(ProcessMap map)
{
    // The regions of one module lie close together; the linker splits a file into fewer than ten.
    private const int MaxRegionsOfModule = 64;

    private readonly Dictionary<nuint, ElfModule?> _modules = [];

    /// <summary>The regions that addresses are looked up in.</summary>
    public ProcessMap Map { get; private set; } = map;

    /// <summary>Takes a newer map; forgets the modules that it no longer has. Returns whether there were any.</summary>
    public bool Refresh(ProcessMap map)
    {
        Map = map;
        bool hasForgotten = false;
        foreach ((nuint start, ElfModule? module) in _modules)
        {
            if (module is null
                || map.Find(start) is not { } region
                || region.Start != start
                || region.Inode != module.Inode
                || region.Path != module.Path)
            {
                _modules.Remove(start);
                hasForgotten |= module is not null;
            }
        }

        return hasForgotten;
    }

    /// <summary>
    /// The module that <paramref name="address"/> belongs to; null for memory that no ELF file is mapped to (compiled
    /// code, heaps, stacks, managed assemblies).
    /// </summary>
    public ElfModule? ModuleOf(nuint address)
    {
        int index = Map.IndexOf(address);
        if (index < 0 || Map.Regions[index].Path.Length == 0)
        {
            return null;
        }

        ProcessMapRegion? header = HeaderOf(index);
        if (header is null)
        {
            return null;
        }

        if (!_modules.TryGetValue(header.Start, out ElfModule? module))
        {
            module = ElfModule.Load(header);
            _modules.Add(header.Start, module);
        }

        return module is not null && module.Contains(address) ? module : null;
    }

    /// <summary>The nearest region before, or at, <paramref name="index"/> that maps the start of the same file.</summary>
    private ProcessMapRegion? HeaderOf(int index)
    {
        ProcessMapRegion region = Map.Regions[index];
        int lowest = Math.Max(0, index - MaxRegionsOfModule);
        for (int i = index; i >= lowest; i--)
        {
            ProcessMapRegion candidate = Map.Regions[i];
            if (candidate.Inode == region.Inode && candidate.Path == region.Path)
            {
                if (candidate.Offset == 0)
                {
                    return candidate;
                }
            }
            else if (candidate.Path.Length > 0)
            {
                return null;
            }
        }

        return null;
    }
}
