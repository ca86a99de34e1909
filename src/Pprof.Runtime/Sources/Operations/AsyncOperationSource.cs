using Pprof.Process;
using Pprof.Profiles;
using Pprof.Sources.Operations.NativeAot;

namespace Pprof.Sources.Operations;

/// <summary>Who sees the asynchronous operations that are suspended: each with what it awaits and who awaits it.</summary>
internal abstract class AsyncOperationSource
{
    /// <summary>Bytes of resident memory above which nobody looks for them; 0 for never.</summary>
    public static readonly Setting ResidentLimit = new();

    /// <summary>The one for the runtime that this process runs on. Sees nothing until it is asked.</summary>
    public static AsyncOperationSource Create() => ManagedRuntime.IsCoreClr ? new CoreClrAsyncOperations() : new NativeAsyncOperations();

    /// <summary>Hands every operation to <paramref name="sink"/>, on a thread of the source's own.</summary>
    /// <param name="sink">Gets the operations.</param>
    /// <param name="waits">Gets who waits for whom; null where nobody wants to know.</param>
    /// <param name="cancellation">Nobody wants them any more.</param>
    /// <returns>Why it could not; null where it could.</returns>
    /// <exception cref="OperationCanceledException">Nobody wants them any more.</exception>
    public abstract Task<string?> ReadAsync(IAsyncOperationSink sink, WaitGraph? waits, CancellationToken cancellation);
}
