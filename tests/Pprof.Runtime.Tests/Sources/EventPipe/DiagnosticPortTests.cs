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
        string? reason = DiagnosticPort.ReasonFor(name => name == variable ? "0" : null, exists: false);
        Assert.Contains(variable + "=0", reason);
        Assert.Contains("remove it", reason);
    }

    [Fact]
    public void PortThatIsOpenNeedsNoExplanation() =>
        Assert.Null(DiagnosticPort.ReasonFor(name => name.EndsWith("EnableDiagnostics") ? "1" : null, exists: true));

    [Fact]
    public void PortThatCouldNotBeOpenedIsExplainedByItsDirectory() =>
        Assert.Contains(Path.GetTempPath(), DiagnosticPort.ReasonFor(_ => null, exists: false));

    [Fact]
    public void ThisProcessHasOne() => Assert.Null(DiagnosticPort.UnsupportedReason);
}
