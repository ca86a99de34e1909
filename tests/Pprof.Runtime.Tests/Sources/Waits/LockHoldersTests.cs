using System.Runtime.CompilerServices;
using Pprof.Profiles;
using Pprof.Runtime.Tests.Symbols;
using Pprof.Runtime.Tests.Symbols.CoreClr;
using Pprof.Sources.Waits;
using Pprof.Sources.Waits.Callback;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.Waits;

public sealed class LockHoldersTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    /// <summary>Otherwise the samples that it has would be others then, and all of them would have come since.</summary>
    [Fact]
    public void AHolderThatIsUnloadedKeepsItsLabelAndItsName()
    {
        var holders = new LockHolders();
        nuint address = UnloadableCodeTests.AddressInNewAssembly(out _);
        LabelSet labels = Find(holders, address);
        var end = DateTime.UtcNow + s_patience;
        while (UnloadableCodeTests.IsFound(address))
        {
            Assert.True(DateTime.UtcNow < end, "The code is not unloaded.");
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Label label = labels.Find(HolderLabels.Key)!.Value;

        Assert.Equal("Unloadable.Code.Call", CallbackWaitSource.CreateClassifier().NameOf((nuint)label.Number).Split('(')[0]);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static LabelSet Find(LockHolders holders, nuint address) => holders.LabelsOf(address);

    [Fact]
    public void AHolderThatStaysHasItsAddress()
    {
        nuint address = RecordedStack.Of(static () => RecordedStack.Capture()).Callers[0];

        Assert.Equal((long)address, new LockHolders().LabelsOf(address).Find(HolderLabels.Key)!.Value.Number);
    }
}
