using Pprof.Profiles;

namespace Pprof.Sources.Operations;

/// <summary>Where asynchronous operations cannot be seen.</summary>
internal sealed class UnsupportedAsyncOperations : AsyncOperationSource
{
    public override Task<string?> ReadAsync(IAsyncOperationSink sink, WaitGraph? waits, CancellationToken cancellation) =>
        Task.FromResult<string?>("a NativeAOT program does not tell which asynchronous operations are suspended; run the service with a JIT to see them");
}
