using Pprof.Process;
using Pprof.Symbols.Elf;

namespace Pprof.Symbols;

/// <summary>
/// The regions of the process and the mappings of a profile that follow from them. The kernel takes most of a millisecond
/// to list the regions, so what it said is used again while no code has come or gone since, and with it the names of native
/// code, whose tables are large and not kept. Safe for concurrent use.
/// </summary>
internal sealed class CodeLayout
{
    private const int MaxNames = 1 << 14;

    // Code of the same size may come where other code went. Several times as long as engines wait from one scrape to the next.
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(60);

    private static volatile CodeLayout? s_last;

    private readonly Lazy<IReadOnlyList<CodeMapping>> _mappings;
    private readonly long? _codeSize;
    private readonly long _readAt = Environment.TickCount64;

    private CodeLayout(ProcessMap map, long? codeSize, CodeLayout? last)
    {
        Map = map;
        _codeSize = codeSize;
        NativeNames = last is not null && HaveSameFiles(last.Map, map) ? last.NativeNames : new FrameSymbolCache(MaxNames);
        _mappings = new Lazy<IReadOnlyList<CodeMapping>>(() => MappingList.Of(new ModuleTable(map)));
    }

    /// <summary>The regions.</summary>
    public ProcessMap Map { get; }

    /// <summary>The executable ones, as a profile lists them.</summary>
    public IReadOnlyList<CodeMapping> Mappings => _mappings.Value;

    /// <summary>
    /// The names of native code that have been looked up. What the JIT compiles changes the layout all the time in a service that
    /// has just started, and none of them.
    /// </summary>
    public FrameSymbolCache NativeNames { get; }

    /// <summary>The layout that holds now.</summary>
    public static CodeLayout Current()
    {
        // Before the map: what comes in between makes the next one read again.
        long? size = ExecutableMemory.Size();
        if (s_last is { } last
            && size is not null
            && size == last._codeSize
            && Environment.TickCount64 - last._readAt < (long)s_longest.TotalMilliseconds)
        {
            return last;
        }

        var layout = new CodeLayout(ProcessMap.Read(), size, s_last);
        s_last = layout;
        return layout;
    }

    private static bool HaveSameFiles(ProcessMap last, ProcessMap map)
    {
        List<ProcessMapRegion> before = Files(last);
        List<ProcessMapRegion> now = Files(map);
        bool same = before.Count == now.Count;
        for (int i = 0; same && i < now.Count; i++)
        {
            same = IsSame(before[i], now[i]);
        }

        return same;
    }

    private static List<ProcessMapRegion> Files(ProcessMap map)
    {
        List<ProcessMapRegion> files = [.. map.Regions];
        files.RemoveAll(static region => !region.IsExecutable || MappingList.IsCompiledCode(region));
        return files;
    }

    private static bool IsSame(ProcessMapRegion one, ProcessMapRegion other) =>
        one.Start == other.Start && one.Limit == other.Limit && one.Offset == other.Offset && one.Inode == other.Inode && one.Path == other.Path;
}
