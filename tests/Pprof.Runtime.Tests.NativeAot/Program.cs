using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Pprof;
using Pprof.Collectors;
using Pprof.CompilerServices;
using Pprof.Generators.Models.BuiltIn;
using Pprof.Process;
using Pprof.Profiles;
using Pprof.Runtime.Tests.Collectors.Goroutine;
using Pprof.Runtime.Tests.NativeAot;
using Pprof.Runtime.Tests.Symbols;
using Pprof.Runtime.Tests.Unwinding.Dwarf;
using Pprof.Symbols;
using Pprof.Symbols.Elf;
using Pprof.Symbols.Managed;
using Pprof.Unwinding.Dwarf;

switch (args)
{
    case ["names"]:
        foreach (NamedCase named in NamedCase.All)
        {
            await named.Run();
            Console.WriteLine($"{named.Name}: {Check(named.NativeAotName ?? named.Name)}");
        }

        break;

    case ["mappings"]:
        foreach (CodeMapping mapping in Symbolizer.Create().Mappings)
        {
            Console.WriteLine($"{mapping.FileName} {mapping.BuildId}");
        }

        break;

    case ["native"]:
        Symbolizer symbolizer = Symbolizer.Create();
        nint getpid = NativeLibrary.GetExport(NativeLibrary.Load("libc"), "getpid");
        nuint[] addresses = [(nuint)getpid + 1, 0x123456, nuint.MaxValue];
        Console.WriteLine(string.Join(',', addresses.Select(a => symbolizer.Resolve(a)?.Name)));
        break;

    case ["custom"]:
        PrintCustomProfile();
        break;

    case ["targets"]:
        PrintTargets();
        break;

    case ["threads"]:
        using (var threads = new KnownThreads())
        {
            Console.WriteLine(string.Join('\n', threads.Check()));
        }

        break;

    case ["rows"]:
        PrintRows();
        break;

    case ["memory", var memory]:
        Console.WriteLine(MemoryCases.Run(memory));
        break;

    case ["snapshots", var snapshots]:
        Console.WriteLine(SnapshotCases.Run(snapshots));
        break;

    case ["waits", var waits]:
        Console.WriteLine(WaitCases.Run(waits));
        break;

    case ["collections", var collections]:
        Console.WriteLine(CollectionCases.Run(collections));
        break;

    case ["creators", var creators]:
        Console.WriteLine(CreatorCases.Run(creators));
        break;
}

// Which built-in profiles this program serves, and whether the generator's table knows.
static void PrintTargets()
{
    foreach (BuiltInProfile profile in BuiltInProfiles.All)
    {
        ProfileCollector collector = profile.Flag switch
        {
            "Cpu" => ProfileCollectors.Cpu(),
            "Mutex" => ProfileCollectors.Mutex(),
            "Block" => ProfileCollectors.Block(),
            "ThreadCreate" => ProfileCollectors.ThreadCreate(),
            "Heap" => ProfileCollectors.Heap(),
            "Allocs" => ProfileCollectors.Allocs(),
            "Goroutine" => ProfileCollectors.Goroutine(),
            "Trace" => ProfileCollectors.Trace(),
            "Wall" => ProfileCollectors.Wall(),
            _ => throw new NotSupportedException(profile.Flag),
        };
        bool served = collector.UnsupportedReason is null;
        bool listed = profile.NativeTargets.Any(RuntimeInformation.RuntimeIdentifier.StartsWith);
        Console.WriteLine($"{profile.Name}: {(served == listed ? "ok" : $"served {served}, listed {listed}")}");
    }
}

// The stack of a value, and what is left when it is removed.
static void PrintCustomProfile()
{
    var profile = new CustomProfile("things");
    Opener.Open(profile, "a");
    var samples = new SampleTable(1);
    profile.CopyTo(samples);
    var symbols = Symbolizer.Create();
    Console.WriteLine(symbols.Resolve(samples.Stack(0)[0])?.Name);
    Console.WriteLine($"{samples.Count} {profile.Count} {profile.Remove("a")} {profile.Count}");
}

// What is wrong with the stack that was captured last.
static string Check(string expected)
{
    var symbolizer = Symbolizer.Create();
    var code = ManagedCode.Create();
    var names = new List<string?>();
    foreach (nuint address in RecordedStack.Callers)
    {
        FrameSymbol? symbol = symbolizer.Resolve(address);
        names.Add(symbol?.Name);
        if (symbol is null || symbol.Name == symbol.SystemName)
        {
            return $"0x{address:x} is {symbol?.Name ?? "nothing"}";
        }

        if (!code.TryGetMethodStart(address, out nuint start)
            || start > address
            || symbolizer.Resolve(start)?.Name != symbol.Name)
        {
            return $"{symbol.Name} does not start at 0x{start:x}";
        }
    }

    return names.Contains(expected) ? "ok" : string.Join(" < ", names);
}

// For every address on standard input: its row.
static void PrintRows()
{
    var modules = new ModuleTable(ProcessMap.Read());
    ElfModule module = modules.Map.Regions
        .Where(r => r.IsExecutable && r.Path == Environment.ProcessPath)
        .Select(r => modules.ModuleOf(r.Start))
        .First(m => m is not null)!;
    EhFrameTable table = EhFrameTable.Load(module)!;
    while (Console.ReadLine() is { } line)
    {
        nuint address = nuint.Parse(line, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        Console.WriteLine(table.TryFindRow(module.LoadBias + address, out UnwindRow row)
            ? UnwindRowText.Of(row, module.LoadBias)
            : "none");
    }
}

internal static class Opener
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Open(CustomProfile profile, string value) => profile.Add(value);
}
