using System.Reflection;
using System.Runtime.CompilerServices;
using Pprof.Sources.Snapshot;
using Pprof.Sources.Snapshot.Dac;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.Snapshot;

/// <summary>The runtime's data access component follows a pointer to nowhere, while it has its lock.</summary>
[Collection(nameof(SnapshotCollection))]
public sealed class DacGuardTests
{
    private const int ThreadDataSlot = 17;

    // Where nothing is.
    private const nint Nowhere = 8;

    private static readonly TimeSpan s_hang = TimeSpan.FromMinutes(1);

    [LinuxFact]
    public async Task TheProcessAndTheNextSnapshotsAreThereAfterAFault()
    {
        for (int i = 0; i < 3; i++)
        {
            long faults = DacGuard.Faults;
            int result = 0;
            string? name = null;
            await SnapshotRun.DoAsync(snapshot =>
            {
                result = Fault(snapshot);
                name = snapshot.Dac.NameOf((ulong)typeof(DacGuardTests).TypeHandle.Value);
            });
            Assert.Equal(DacGuard.Failed, result);
            Assert.Equal(faults + 1, DacGuard.Faults);
            Assert.Equal(typeof(DacGuardTests).FullName, name);

            // On threads of their own, for which the lock would be another's.
            for (int next = 0; next < 2; next++)
            {
                (ulong All, ulong Live) found = default;
                int threads = 0;
                await SnapshotRun.DoAsync(snapshot =>
                {
                    threads = snapshot.Dac.Threads().Count();
                    snapshot.Mark(paths: false);
                    found = SnapshotRun.Of(snapshot, typeof(DacGuardTests));
                }).WaitAsync(s_hang);
                Assert.InRange(threads, 2, int.MaxValue);
                Assert.NotEqual(0UL, found.Live);
            }
        }

        GC.KeepAlive(this);
    }

    /// <summary>They are the runtime's, which makes exceptions of them.</summary>
    [LinuxFact]
    public async Task FaultsOfManagedCodeAreExceptionsAsBefore()
    {
        bool isCaught = false;
        await SnapshotRun.DoAsync(snapshot =>
        {
            _ = snapshot.Dac.Globals;
            isCaught = IsCaught(null);
        });

        Assert.True(isCaught);
        Assert.True(IsCaught(null));
        Assert.False(IsCaught(""));
    }

    private static unsafe int Fault(HeapSnapshot snapshot)
    {
        ulong thread = snapshot.Dac.Threads().First().Address;
        var dac = (nint)typeof(DacInterface).GetField("_dac", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(snapshot.Dac)!;
        return DacGuard.Call((*(void***)dac)[ThreadDataSlot], dac, (nint)thread, Nowhere);
    }

    private static bool IsCaught(string? text)
    {
        try
        {
            return LengthOf(text) < 0;
        }
        catch (NullReferenceException)
        {
            return true;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int LengthOf(string? text) => text!.Length;
}
