using Pprof.Sources.Snapshot;

namespace Pprof.Sources.Operations.NativeAot;

/// <summary>
/// Three operations of which each awaits the next, which are suspended for ever. Where they are found as they are, others are
/// too: what a NativeAOT program does not tell of its objects is inferred.
/// </summary>
internal static class KnownOperation
{
    private const long Number = 0x0123456789abcdef;

    // Where it has a variable of eight bytes its state is not known, and what it awaits tells that it is suspended.
    private const int StateOfWide = 0;

    private static readonly TaskCompletionSource s_never = new();
    private static readonly Lazy<Task> s_outer = new(OuterAsync);

    /// <summary>Starts them, if they are not there.</summary>
    public static void Start()
    {
        if (s_outer.IsValueCreated || ExecutionContext.IsFlowSuppressed())
        {
            _ = s_outer.Value;
            return;
        }

        // They would keep for ever what the first who asks has in its context.
        using AsyncFlowControl flow = ExecutionContext.SuppressFlow();
        _ = s_outer.Value;
    }

    /// <summary>Looks for them.</summary>
    /// <exception cref="SnapshotException">They were not found as they are.</exception>
    public static void Check(SuspendedOperations operations)
    {
        List<AsyncOperation> inner = [.. operations.All];
        inner.RemoveAll(static operation => !Is(operation, nameof(InnerAsync)));
        if (inner is not [{ State: 1, Awaited: not 0, HasInner: false } first]
            || first.Awaiter is not { State: StateOfWide } second || !Is(second, nameof(WideAsync)) || second.Awaited != first.Address
            || second.Awaiter is not { State: 0 } third || !Is(third, nameof(OuterAsync)) || third.Awaited != second.Address)
        {
            throw new SnapshotException("asynchronous operations are not as they are known to be in the runtime of .NET 10: of those that are known not all were found");
        }
    }

    private static bool Is(AsyncOperation operation, string method) =>
        operation.Shape.Machine.DeclaringType == typeof(KnownOperation)
        && operation.Shape.Machine.Name.StartsWith($"<{method}>", StringComparison.Ordinal);

    private static async Task OuterAsync() => await WideAsync(Number);

    private static async Task<long> WideAsync(long number)
    {
        await Task.CompletedTask;
        return number + await InnerAsync();
    }

    private static async Task<int> InnerAsync()
    {
        await Task.CompletedTask;
        await s_never.Task.ConfigureAwait(false);
        return 1;
    }
}
