using Pprof.Sources.EventPipe;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.EventPipe;

public sealed class DiagnosticPortTests
{
    [Theory]
    [InlineData("DOTNET_EnableDiagnostics")]
    [InlineData("DOTNET_EnableDiagnostics_IPC")]
    [InlineData("COMPlus_EnableDiagnostics")]
    public void ClosedPortIsExplainedByTheVariableThatClosedIt(string variable)
    {
        string? reason = DiagnosticPort.ReasonFor(name => name == variable ? "0" : null, exists: false, () => null);
        Assert.Contains(variable + "=0", reason);
        Assert.Contains("remove it", reason);
    }

    [Fact]
    public void PortThatIsOpenNeedsNoExplanation() =>
        Assert.Null(DiagnosticPort.ReasonFor(name => name.EndsWith("EnableDiagnostics") ? "1" : null, exists: true, () => null));

    [Fact]
    public void PortThatCouldNotBeOpenedIsExplainedByItsDirectory() =>
        Assert.Contains(Path.GetTempPath(), DiagnosticPort.ReasonFor(_ => null, exists: false, () => null));

    [Fact]
    public void PortWhoseSocketWasRemovedIsExplainedByItsPath()
    {
        string? reason = DiagnosticPort.ReasonFor(_ => null, exists: false, () => "/tmp/dotnet-diagnostic-1-2-socket");
        Assert.Contains("/tmp/dotnet-diagnostic-1-2-socket, has been removed", reason);
        Assert.Contains("restart", reason);
    }

    [Fact]
    public void ThisProcessHasOne() => Assert.Null(DiagnosticPort.UnsupportedReason);
}
