using System.Reflection;
using Pprof.Process;
using Pprof.Symbols;
using Pprof.Symbols.Elf;
using Xunit;

namespace Pprof.Runtime.Tests.Symbols;

/// <summary>
/// Maps of processes as the kernel writes them, and the mappings of a profile. The path of the running program stands for
/// itself in both; <c>app</c> is what the tool is told of code that was compiled at run time.
/// </summary>
public sealed class MappingListTests
{
    private static readonly string s_host = Environment.ProcessPath!;
    private static readonly string s_application = Path.Combine(AppContext.BaseDirectory, Assembly.GetEntryAssembly()!.GetName().Name + ".dll");

    [Fact]
    public void CompiledCodeComesFirstThenTheProgramThenTheRest() => AssertMappings(
        """
        7f0000040000-7f0000060000 0 app
        55ff91428000-55ff91434000 5000 HOST
        7f7e0d3fd000-7f7e0d409000 b000 /usr/share/dotnet/libSystem.Native.so
        7fff2a1f5000-7fff2a1f7000 0 [vdso]
        ffffffffff600000-ffffffffff601000 0 [vsyscall]
        """,
        """
        55ff91423000-55ff91428000 r--p 00000000 fe:00 345402                     HOST
        55ff91428000-55ff91434000 r-xp 00005000 fe:00 345402                     HOST
        55ff91434000-55ff91435000 rw-p 00011000 fe:00 345402                     HOST
        55ffb5a8e000-55ffb5b1f000 rw-p 00000000 00:00 0                          [heap]
        7f0000040000-7f0000060000 r-xp 00000000 00:00 0
        7f7e0d3f2000-7f7e0d3fd000 r--p 00000000 fe:00 351008                     /usr/share/dotnet/libSystem.Native.so
        7f7e0d3fd000-7f7e0d409000 r-xp 0000b000 fe:00 351008                     /usr/share/dotnet/libSystem.Native.so
        7fff2a08c000-7fff2a0ae000 rw-p 00000000 00:00 0                          [stack]
        7fff2a1f5000-7fff2a1f7000 r-xp 00000000 00:00 0                          [vdso]
        ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]
        """);

    /// <summary>As CoreCLR maps it: through a file in memory, in small pieces with their data between.</summary>
    [Fact]
    public void PiecesOfOneHeapOfCodeAreOneMapping() => AssertMappings(
        "7f7e10c30000-7f7e10c4c000 0 app",
        """
        7f7e10c30000-7f7e10c34000 r-xs 000b1000 00:01 4085                       /memfd:doublemapper (deleted)
        7f7e10c34000-7f7e10c38000 rw-p 00000000 00:00 0
        7f7e10c38000-7f7e10c3c000 r-xs 000b9000 00:01 4085                       /memfd:doublemapper (deleted)
        7f7e10c3c000-7f7e10c40000 rw-s 000bd000 00:01 4085                       /memfd:doublemapper (deleted)
        7f7e10c40000-7f7e10c44000 r-xs 000c1000 00:01 4085                       /memfd:doublemapper (deleted)
        7f7e10c48000-7f7e10c4c000 r-xp 00000000 00:00 0
        """);

    [Theory]
    // Code of a file.
    [InlineData("7f7e0fc80000-7f7e107cc000 r-xp 00000000 fe:00 350922 /usr/share/dotnet/System.Private.CoreLib.dll")]
    // Data of a file.
    [InlineData("7f7e0fc80000-7f7e107cc000 r--p 00000000 fe:00 350922 /usr/share/dotnet/System.Private.CoreLib.dll")]
    public void FileBetweenTwoPiecesEndsAHeap(string file)
    {
        IReadOnlyList<CodeMapping> mappings = MappingsOf(
            $"""
            7f7e0fc40000-7f7e0fc41000 r-xs 00000000 00:01 4085 /memfd:doublemapper (deleted)
            {file}
            7f7e10c38000-7f7e10c3c000 r-xs 000b9000 00:01 4085 /memfd:doublemapper (deleted)
            """);

        Assert.Equal(
            ["7f7e10c38000-7f7e10c3c000 0 app", "7f7e0fc40000-7f7e0fc41000 0 app"],
            mappings.Select(Text).Where(text => text.EndsWith("app")));
    }

    [Theory]
    [InlineData("7f0004001000", 1)]
    [InlineData("7f0004001001", 2)]
    public void WideGapEndsAHeap(string second, int heaps) => Assert.Equal(
        heaps,
        MappingsOf($"7f0000000000-7f0000001000 r-xp 00000000 00:00 0\n{second}-7f0005000000 r-xp 00000000 00:00 0\n").Count);

    [Fact]
    public void LargestHeapComesFirst() => AssertMappings(
        """
        7f0000000000-7f0000009000 0 app
        7e0000000000-7e0000002000 0 app
        7f8000000000-7f8000001000 0 app
        """,
        """
        7e0000000000-7e0000002000 r-xp 00000000 00:00 0
        7f0000000000-7f0000009000 r-xp 00000000 00:00 0
        7f8000000000-7f8000001000 r-xp 00000000 00:00 0
        """);

    [Fact]
    public void OtherFilesInMemoryAndFilesThatAreGoneKeepTheirNames() => AssertMappings(
        """
        7f0000000000-7f0000001000 2000 /memfd:other
        7f0000002000-7f0000003000 1000 /opt/app/lib one.so
        """,
        """
        7f0000000000-7f0000001000 r-xs 00002000 00:01 12                         /memfd:other (deleted)
        7f0000002000-7f0000003000 r-xp 00001000 fe:00 13                         /opt/app/lib one.so (deleted)
        """);

    /// <summary>The tool takes a profile without a mapping for one that was not symbolized.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("7fff2a08c000-7fff2a0ae000 rw-p 00000000 00:00 0                          [stack]")]
    public void ProcessThatCannotBeLookedIntoIsOneMapping(string maps) => AssertMappings("0-ffffffffffffffff 0 app", maps);

    [LinuxFact]
    public void ThisProcessHasTheBuildIdsOfItsLibraries()
    {
        IReadOnlyList<CodeMapping> mappings = MappingList.Of(new ModuleTable(ProcessMap.Read()));

        Assert.Equal(s_application, mappings[0].FileName);
        CodeMapping library = Assert.Single(mappings, mapping => Path.GetFileName(mapping.FileName).StartsWith("libc.so", StringComparison.Ordinal));
        Assert.Matches("^[0-9a-f]{40}$", library.BuildId);
    }

    private static void AssertMappings(string expected, string maps) =>
        Assert.Equal(expected.Split('\n'), MappingsOf(maps).Select(Text));

    private static IReadOnlyList<CodeMapping> MappingsOf(string maps) =>
        MappingList.Of(new ModuleTable(ProcessMap.Parse(System.Text.Encoding.UTF8.GetBytes(maps.Replace("HOST", s_host, StringComparison.Ordinal)))));

    private static string Text(CodeMapping mapping)
    {
        string name = mapping.FileName == s_application ? "app" : mapping.FileName == s_host ? "HOST" : mapping.FileName;
        return $"{mapping.Start:x}-{mapping.Limit:x} {mapping.Offset:x} {name}";
    }
}
