using System.Runtime.CompilerServices;
using Pprof.Runtime.Tests.Sources.EventPipe;
using Pprof.Sources.Allocations;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.Allocations;

[Collection(nameof(EventPipeCollection))]
public sealed unsafe class AllocatedTypesTests
{
    /// <summary>
    /// The runtime tells of an allocation before it makes an object of the memory: until its thread goes on, which may take a
    /// while on a busy machine, there are zeros where the type is to be.
    /// </summary>
    [LinuxFact]
    public void MemoryThatIsNoObjectYetIsNotAskedForItsType()
    {
        const int NoCollectionBelow = 1 << 20;
        byte[] memory = GC.AllocateArray<byte>(256, pinned: true);
        nint zeros = (nint)Unsafe.AsPointer(ref memory[64]);
        var types = new AllocatedTypes();
        nuint type = (nuint)typeof(AllocatedTypesTests).TypeHandle.Value;
        nuint named;

        // A collection would take it for an object.
        Assert.True(GC.TryStartNoGCRegion(NoCollectionBelow));
        try
        {
            named = types.AddressOf(type, "Sources.Allocations.AllocatedTypesTests", new WeakHandle((nint)(&zeros)));
        }
        finally
        {
            GC.EndNoGCRegion();
        }

        Assert.NotEqual((nuint)0, named);
    }
}
