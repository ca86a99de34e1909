using Pprof.Process;
using Pprof.Testing;
using Xunit;

namespace Pprof.Runtime.Tests.Process;

/// <summary>Control groups as the kernel shows them, in a folder of the tests' own.</summary>
public sealed class MemoryGroupsTests : IDisposable
{
    private const long Megabyte = 1 << 20;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AContainerOfKubernetesIsKilledTogetherAtItsLimit()
    {
        Write("proc/self/cgroup", "0::/\n");
        Write("proc/meminfo", "MemTotal:       16000000 kB\nMemAvailable:    8388608 kB\n");
        WriteGroup("", together: 1, $"{512 * Megabyte}", 400 * Megabyte, inactive: 100 * Megabyte);

        MemoryGroups groups = Groups();

        Assert.True(groups.AreKilledTogether);
        Assert.Equal(212 * Megabyte, groups.Free);
    }

    [Fact]
    public void TheLimitsAroundAGroupCountAndThoseInsideOfItDoNot()
    {
        Write("proc/self/cgroup", "4:memory:/other\n0::/slice/pod/container\n");
        WriteGroup("slice/pod/container", together: 0, $"{100 * Megabyte}", 90 * Megabyte, inactive: 0);
        WriteGroup("slice/pod", together: 1, "max", 90 * Megabyte, inactive: 0);
        WriteGroup("slice", together: 0, $"{1000 * Megabyte}", 700 * Megabyte, inactive: 0);

        MemoryGroups groups = Groups();

        Assert.True(groups.AreKilledTogether);
        Assert.Equal(300 * Megabyte, groups.Free);
    }

    [Fact]
    public void TheMemoryOfTheMachineIsABoundToo()
    {
        Write("proc/self/cgroup", "0::/\n");
        Write("proc/meminfo", "MemAvailable:      65536 kB\n");
        WriteGroup("", together: 1, "max", 400 * Megabyte, inactive: 0);

        Assert.Equal(64 * Megabyte, Groups().Free);
    }

    [Theory]
    [InlineData("0::/\n", 0)]
    [InlineData("9:name=systemd:/\n4:memory:/a\n", null)]
    [InlineData("", null)]
    public void WhereEachProcessIsKilledAloneThereIsNoBound(string membership, int? together)
    {
        Write("proc/self/cgroup", membership);
        if (together is { } value)
        {
            WriteGroup("", value, $"{100 * Megabyte}", 90 * Megabyte, inactive: 0);
        }

        Assert.False(Groups().AreKilledTogether);
        Assert.Equal(long.MaxValue, Groups().Free);
    }

    [LinuxFact]
    public void ThoseOfThisProcessCanBeRead() => Assert.InRange(new MemoryGroups().Free, 1, long.MaxValue);

    private MemoryGroups Groups() => new(_folder.Path);

    private void WriteGroup(string group, int together, string limit, long used, long inactive)
    {
        string folder = Path.Combine("sys/fs/cgroup", group);
        Write(Path.Combine(folder, "memory.oom.group"), $"{together}\n");
        Write(Path.Combine(folder, "memory.max"), $"{limit}\n");
        Write(Path.Combine(folder, "memory.current"), $"{used}\n");
        Write(Path.Combine(folder, "memory.stat"), $"anon 1\ninactive_file {inactive}\nactive_file 7\n");
    }

    private void Write(string file, string text)
    {
        string path = Path.Combine(_folder.Path, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
