using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Named.Code;
using Pprof.Profiles;
using Pprof.Sources.Threads;
using Pprof.Symbols;
using Pprof.Symbols.Managed;
using Xunit;
using Xunit.Abstractions;

namespace Pprof.Runtime.Tests.Symbols;

public class SymbolizerTests(ITestOutputHelper output)
{
    private readonly Symbolizer _symbolizer = Symbolizer.Create();

    [Fact]
    public void FileAndLineAreThoseOfTheCall()
    {
        RecordedStack stack = RecordedStack.Of(Here);
        int start = Line() + 5;

        FrameSymbol symbol = _symbolizer.Resolve(stack.Callers[0])!;

        static void Here()
        {
            GC.KeepAlive(new object());
            RecordedStack.Capture();
        }

        Assert.Equal(SourceFile(), symbol.FileName);
        Assert.Equal(stack.Line, symbol.Line);
        Assert.InRange(symbol.StartLine, start, start + 1);
    }

    [Fact]
    public void MethodsWithoutLinesTakeNoneFromTheOthersOfTheirAssembly()
    {
        // What the compiler makes has no lines: the members of records, and what starts an async method.
        var part = new Part();
        var without = new HashSet<string>();
        foreach (object record in (object[])[new First(part), new Second(part), new Third(part)])
        {
            object other = record switch { First => new First(new()), Second => new Second(new()), _ => new Third(new()) };
            foreach (Action run in (Action[])[() => record.GetHashCode(), () => record.ToString(), () => record.Equals(other)])
            {
                without.UnionWith(RecordedStack.Of(run).Callers
                    .Select(address => _symbolizer.Resolve(address)!)
                    .Where(static symbol => symbol.Name.StartsWith(typeof(SymbolizerTests).FullName!, StringComparison.Ordinal) && symbol.FileName.Length == 0)
                    .Select(static symbol => symbol.Name));
            }
        }

        RecordedStack stack = RecordedStack.Of(Here);

        output.WriteLine(string.Join('\n', without));
        Assert.InRange(without.Count, 9, int.MaxValue);
        Assert.Equal(stack.Line, _symbolizer.Resolve(stack.Callers[0])!.Line);

        static void Here()
        {
            GC.KeepAlive(new object());
            RecordedStack.Capture();
        }
    }

    [Fact]
    public void PrecompiledMethodsOfTheFrameworkHaveNames()
    {
        nuint[] addresses = [];
        try
        {
            int.Parse("nothing");
        }
        catch (FormatException e)
        {
            addresses = RecordedStack.AddressesOf(e);
        }

        string[] names = [.. addresses.Select(a => _symbolizer.Resolve(a)!.Name)];
        output.WriteLine(string.Join('\n', names));
        Assert.Contains("System.Int32.Parse(string)", names);
        Assert.Equal(
            "System.Collections.Generic.Dictionary<TKey, TValue>.get_Item",
            NameOfThrower(() => _ = new Dictionary<int, string>()[1], "Dictionary"));
    }

    [Fact]
    public void MethodsMadeAtRunTimeHaveTheirName()
    {
        // It returns something of its own: otherwise the call is a tail call and leaves no frame.
        var method = new DynamicMethod("MadeAtRunTime", typeof(int), []);
        ILGenerator il = method.GetILGenerator();
        il.Emit(OpCodes.Ldc_I4_7);
        il.Emit(OpCodes.Call, typeof(RecordedStack).GetMethod(nameof(RecordedStack.Capture))!);
        il.Emit(OpCodes.Ldc_I4_7);
        il.Emit(OpCodes.Ret);
        var call = method.CreateDelegate<Func<int>>();

        FrameSymbol? symbol = _symbolizer.Resolve(RecordedStack.Of(() => call()).Callers[0]);

        Assert.Equal("MadeAtRunTime", symbol?.Name);
        Assert.Equal("", symbol!.SystemName);
        GC.KeepAlive(call);
    }

    [Fact]
    public void FramesOfAStackTraceHaveNamesAndLines()
    {
        var frames = new nuint[2];
        int line = Line() + 1;
        CallerStack.Capture(0, frames);

        FrameSymbol symbol = _symbolizer.Resolve(frames[0])!;

        Assert.Equal($"{typeof(SymbolizerTests).FullName}.{nameof(FramesOfAStackTraceHaveNamesAndLines)}", symbol.Name);
        Assert.Equal((SourceFile(), line), (symbol.FileName, symbol.Line));
        Assert.Equal("[truncated stack]", _symbolizer.Resolve(frames[1])!.Name);
    }

    [LinuxFact]
    public void NativeFunctionsHaveTheNameOfTheirSymbol()
    {
        nint libc = NativeLibrary.Load("libc");

        Assert.Equal("getpid", _symbolizer.Resolve((nuint)NativeLibrary.GetExport(libc, "getpid") + 1)?.Name);
        Assert.Equal("fopen", _symbolizer.Resolve((nuint)NativeLibrary.GetExport(libc, "fopen") + 1)?.Name);
    }

    [LinuxFact]
    public void NativeCodeWithoutASymbolHasTheNameOfItsModule()
    {
        CodeMapping clr = _symbolizer.Mappings.Single(m => Path.GetFileName(m.FileName) == "libcoreclr.so");

        Assert.Equal("[libcoreclr.so]", _symbolizer.Resolve(clr.Start + ((clr.Limit - clr.Start) / 2))?.Name);
        Assert.Equal("", _symbolizer.Resolve(clr.Start + ((clr.Limit - clr.Start) / 2))?.SystemName);
    }

    [Fact]
    public unsafe void AddressesThatAreNoCodeHaveNoName()
    {
        int local = 0;
        foreach (nuint address in (nuint[])[0, 4095, 4096, 0x1234567, (nuint)(&local), nuint.MaxValue, nuint.MaxValue / 2, nuint.MaxValue >> 17])
        {
            Assert.Null(_symbolizer.Resolve(address));
        }
    }

    [Fact]
    public void FramesWithoutAnAddressHaveNames()
    {
        foreach (PseudoFrame frame in Enum.GetValues<PseudoFrame>())
        {
            FrameSymbol? symbol = _symbolizer.Resolve((nuint)(int)frame);
            Assert.Matches(@"^\[[A-Za-z ]+\]$", symbol?.Name);
            Assert.Equal("", symbol!.SystemName);
        }
    }

    /// <summary>Its name is in nothing that the process has, but its file's build id is known.</summary>
    [LinuxFact]
    public void NativeCodeWithoutANameIsNamedAfterItsFileUnlessItIsLeft()
    {
        CodeMapping runtime = _symbolizer.Mappings.First(static m => Path.GetFileName(m.FileName) == "libcoreclr.so");
        nuint address = Enumerable.Range(0, 1000).Select(i => runtime.Limit - 8192 - ((nuint)i * 64)).First(a => _symbolizer.Resolve(a)?.Name == "[libcoreclr.so]");
        Symbolizer leaving = Symbolizer.Create(leavesNative: true);

        Assert.Null(leaving.Resolve(address));
        Assert.Equal(runtime, leaving.MappingOf(address));
        Assert.Matches("^[0-9a-f]{40}$", runtime.BuildId);
        nuint[] managed = RecordedStack.Of(Plain.Method).Callers;
        Assert.Equal(_symbolizer.Resolve(managed[0]), leaving.Resolve(managed[0]));
        nuint kernel = leaving.Mappings.Single(static m => m.FileName == "[vdso]").Start;
        Assert.Equal("[vdso]", leaving.Resolve(kernel)?.Name);
    }

    [LinuxFact]
    public void EveryMethodLiesInAMapping()
    {
        foreach (nuint address in RecordedStack.Of(Plain.Method).Callers)
        {
            Assert.Contains(Symbolizer.Create().Mappings, m => address >= m.Start && address < m.Limit);
        }
    }

    [LinuxFact]
    public void TheFirstMappingIsTheApplication()
    {
        Assert.Equal(Assembly.GetEntryAssembly()!.Location, _symbolizer.Mappings[0].FileName);
        CodeMapping libc = _symbolizer.Mappings.Single(m => Path.GetFileName(m.FileName).StartsWith("libc.so", StringComparison.Ordinal));
        Assert.Matches("^[0-9a-f]{40}$", libc.BuildId);
        Assert.Contains(_symbolizer.Mappings, m => m.FileName == "[vdso]");
    }

    [LinuxFact]
    public void MappingsDoNotOverlap()
    {
        CodeMapping[] sorted = [.. _symbolizer.Mappings.OrderBy(m => m.Start)];
        output.WriteLine(string.Join('\n', _symbolizer.Mappings.Select(m => $"{m.Start:x}-{m.Limit:x} {m.Offset:x} {m.FileName} {m.BuildId}")));
        Assert.All(sorted.Zip(sorted.Skip(1)), pair => Assert.True(pair.First.Limit <= pair.Second.Start));
    }

    [Fact]
    public void AMethodStartsWhereItsFirstInstructionIs()
    {
        ManagedCode code = ManagedCode.Create();
        nuint[] addresses = RecordedStack.Of(Plain.Method).Callers;

        Assert.True(code.TryGetMethodStart(addresses[0], out nuint start));
        Assert.InRange(addresses[0] - start, 1u, 1000u);
        Assert.True(code.TryGetMethodStart(start, out nuint startOfStart));
        Assert.Equal(start, startOfStart);
        Assert.False(code.TryGetMethodStart(0x1234, out _));
    }

    private string NameOfThrower(Action action, string type)
    {
        Exception exception = Record.Exception(action);
        return RecordedStack.AddressesOf(exception).Select(a => _symbolizer.Resolve(a)!.Name).First(n => n.Contains(type, StringComparison.Ordinal));
    }

    private sealed record First(Part Part);

    private sealed record Second(Part Part);

    private sealed record Third(Part Part);

    private sealed class Part
    {
        public override bool Equals(object? obj)
        {
            RecordedStack.Capture();
            return true;
        }

        public override int GetHashCode()
        {
            RecordedStack.Capture();
            return 0;
        }

        public override string ToString()
        {
            RecordedStack.Capture();
            return "";
        }
    }

    private static int Line([CallerLineNumber] int line = 0) => line;

    private static string SourceFile([CallerFilePath] string path = "") => path;
}
