using Pprof.Sources.Snapshot;
using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests.Native;

/// <summary>The bytes of the copy of the process: that they are what the source compiles to.</summary>
public sealed class SnapshotCodeTests : IDisposable
{
    private static readonly MachineCode s_code = new(
        "Snapshot", ["snapshot.c", "snapshot.ld", "build.sh"],
        SnapshotCode.SourceHash, SnapshotCode.CompilerVersion, SnapshotCode.X64.ToArray(), SnapshotCode.Arm64.ToArray());

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [ToolTheory(Tools.Linux, Tools.X64Compiler, Tools.Arm64Compiler)]
    [InlineData(MachineCode.X64Name, Tools.X64Compiler)]
    [InlineData(MachineCode.Arm64Name, Tools.Arm64Compiler)]
    public Task TheBytesAreWhatTheSourceCompilesTo(string architecture, string compiler) =>
        s_code.IsWhatTheSourceCompilesToAsync(architecture, compiler, _folder);

    [Fact]
    public void TheBytesWereMadeOfTheSourceThatIsHere() => s_code.WasMadeOfTheSourceThatIsHere();
}
