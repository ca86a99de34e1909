using System.Runtime.CompilerServices;
using Pprof.Sources.Operations.NativeAot;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.Operations.NativeAot;

public sealed class KnownOperationTests
{
    private static readonly AsyncLocal<object?> s_request = new();

    /// <summary>The operations never end: what they keep stays.</summary>
    [Fact]
    public void TheOperationsThatAreKnownDoNotKeepTheContextOfWhoStartsThem()
    {
        WeakReference request = StartInRequest();

        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();

        Assert.False(request.IsAlive);
        Assert.False(ExecutionContext.IsFlowSuppressed());
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference StartInRequest()
    {
        object request = new();
        var thread = new Thread(() =>
        {
            s_request.Value = request;
            KnownOperation.Start();
        });
        thread.Start();
        thread.Join();
        return new WeakReference(request);
    }
}
