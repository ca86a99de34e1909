using System.Runtime.CompilerServices;
using Pprof.Sources.Operations;
using Pprof.Sources.Snapshot;

namespace Pprof.Runtime.Tests;

/// <summary>
/// The limits of an application that leaves them alone, configured before any test. The first host that a test starts
/// changes nothing of what another test has set meanwhile.
/// </summary>
internal static class ConfiguredLimits
{
    [ModuleInitializer]
    internal static void Configure()
    {
        LiveHeapSource.ResidentLimit.Configure(PprofOptions.DefaultSnapshotResidentLimit);
        LiveHeapSource.MemoryLimit.Configure(PprofOptions.DefaultSnapshotMemoryLimit);
        LiveHeapSource.EventLimit.Configure(PprofOptions.DefaultSnapshotEventLimit);
        AsyncOperationSource.ResidentLimit.Configure(PprofOptions.DefaultAsyncResidentLimit);
    }
}
