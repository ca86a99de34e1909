using System.Runtime.InteropServices;
using Pprof.Process;
using Pprof.Symbols.Elf;
using Xunit;

namespace Pprof.Runtime.Tests.Symbols.Elf;

public class ElfModuleTests
{
    private readonly ModuleTable _modules = new(ProcessMap.Read());

    [LinuxFact]
    public void EverySegmentOfALibraryBelongsToOneModule()
    {
        ElfModule libc = _modules.ModuleOf((nuint)NativeLibrary.GetExport(NativeLibrary.Load("libc"), "getpid"))!;

        foreach (ProcessMapRegion region in _modules.Map.Regions.Where(r => r.Path == libc.Path))
        {
            Assert.Same(libc, _modules.ModuleOf(region.Start));
            Assert.Same(libc, _modules.ModuleOf(region.Limit - 1));
        }
    }

    [LinuxFact]
    public unsafe void WhatIsNoElfFileIsNoModule()
    {
        int local = 0;
        Assert.Null(_modules.ModuleOf((nuint)(&local)));
        Assert.Null(_modules.ModuleOf(0));

        ProcessMapRegion[] assemblies = [.. _modules.Map.Regions.Where(r => r.Path.EndsWith(".dll", StringComparison.Ordinal))];
        Assert.NotEmpty(assemblies);
        Assert.All(assemblies, r => Assert.Null(_modules.ModuleOf(r.Start)));
    }

    [LinuxFact]
    public void TheVdsoIsAModuleWithFunctions()
    {
        ProcessMapRegion region = _modules.Map.Regions.Single(r => r.Path == "[vdso]");
        ElfModule vdso = _modules.ModuleOf(region.Start)!;

        string?[] names = [.. Enumerable.Range(0, (int)(vdso.Limit - vdso.Start)).Select(i => vdso.FunctionAt(vdso.Start + (nuint)i)).Distinct()];

        Assert.Contains(names, n => n?.Contains("clock_gettime", StringComparison.Ordinal) == true);
    }

    [LinuxFact]
    public void EveryExportedFunctionHasAName()
    {
        nint libc = NativeLibrary.Load("libc");
        foreach (string name in (string[])["getpid", "fopen", "malloc", "free", "qsort", "write", "pthread_create", "strlen"])
        {
            nuint address = (nuint)NativeLibrary.GetExport(libc, name);
            ElfModule? module = _modules.ModuleOf(address);

            // strlen is chosen among several by the processor.
            Assert.NotNull(module?.FunctionAt(address));
            if (name is "getpid" or "fopen" or "qsort" or "write")
            {
                Assert.Equal(name, module.FunctionAt(address));
            }
        }
    }

    [LinuxFact]
    public void AModuleIsKeptUntilItIsGoneFromTheMap()
    {
        nuint address = (nuint)NativeLibrary.GetExport(NativeLibrary.Load("libc"), "getpid");
        ElfModule? libc = _modules.ModuleOf(address);

        _modules.Refresh(ProcessMap.Read());
        Assert.Same(libc, _modules.ModuleOf(address));

        _modules.Refresh(ProcessMap.Empty);
        Assert.Null(_modules.ModuleOf(address));

        _modules.Refresh(ProcessMap.Read());
        Assert.NotSame(libc, _modules.ModuleOf(address));
    }

    [LinuxFact]
    public void AFileThatWasReplacedNamesNothing()
    {
        string directory = Directory.CreateTempSubdirectory().FullName;
        string path = Path.Combine(directory, "library.so");
        nuint address = (nuint)NativeLibrary.GetExport(NativeLibrary.Load("libm.so.6"), "cos");
        File.Copy(_modules.ModuleOf(address)!.Path, path);
        nint library = NativeLibrary.Load(path);
        try
        {
            address = (nuint)NativeLibrary.GetExport(library, "j1");
            var modules = new ModuleTable(ProcessMap.Read());
            ElfModule before = modules.ModuleOf(address)!;
            Assert.Equal(path, before.Path);

            // A new file of the same name, as an upgrade makes it.
            nuint libc = (nuint)NativeLibrary.GetExport(NativeLibrary.Load("libc"), "getpid");
            File.Delete(path);
            File.Copy(modules.ModuleOf(libc)!.Path, path);
            modules = new ModuleTable(ProcessMap.Read());
            ElfModule after = modules.ModuleOf(address)!;

            Assert.Equal(before.BuildId, after.BuildId);
            Assert.NotEqual(after.BuildId, modules.ModuleOf(libc)!.BuildId);

            // Nothing, or the right name from where it was before.
            Assert.Contains("j1", after.FunctionAt(address) ?? "j1", StringComparison.Ordinal);
        }
        finally
        {
            NativeLibrary.Free(library);
            Directory.Delete(directory, recursive: true);
        }
    }

    [LinuxFact]
    public void TheBuildIdIsThatOfTheFile()
    {
        nuint address = (nuint)NativeLibrary.GetExport(NativeLibrary.Load("libc"), "getpid");
        ElfModule libc = _modules.ModuleOf(address)!;
        using ElfFile file = ElfFile.Open(libc.Path)!;

        Assert.Matches("^[0-9a-f]{40}$", libc.BuildId);
        Assert.Equal(file.ReadBuildId(), libc.BuildId);
    }

    [LinuxFact]
    public void DamagedFilesGiveNoSymbolsOrWrongOnesButNoException()
    {
        byte[] intact = File.ReadAllBytes(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "libSystem.Native.so"));
        var random = new Random(1);
        int files = 0;
        for (int round = 0; round < 300; round++)
        {
            byte[] damaged = [.. intact];
            Span<byte> headers = round % 2 == 0 ? damaged.AsSpan(0, 64) : damaged.AsSpan(damaged.Length - 4096);
            for (int i = 0; i < 8; i++)
            {
                headers[random.Next(headers.Length)] = (byte)random.Next(256);
            }

            if (ElfFile.FromBytes(damaged) is { } file)
            {
                files++;
                ElfSymbolTable.Read(file).NameAt((ulong)random.Next(intact.Length));
                file.ReadBuildId();
            }
        }

        Assert.InRange(files, 100, 300);
    }

    [Fact]
    public void WhatIsNoElfFileIsNotOpened()
    {
        Assert.Null(ElfFile.Open(typeof(ElfModuleTests).Assembly.Location));
        Assert.Null(ElfFile.Open(Path.GetTempPath()));
        Assert.Null(ElfFile.Open("/no/such/file"));
        Assert.Null(ElfFile.FromBytes([]));
    }
}
