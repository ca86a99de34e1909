using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pprof.Labels;

/// <summary>The labels that hold where the code is that asks.</summary>
internal static unsafe class CurrentLabels
{
    private static readonly AsyncLocal<PushedLabels?> s_flow =
        ThreadLabels.AreShown ? new(static change => ThreadLabels.TrySet(change.CurrentValue)) : new();

    // Where nothing is moved: who looks into a copy of the process finds by it which of the values that flow these are.
    private static readonly AsyncLocal<PushedLabels?>[] s_pinned = Pin(s_flow);

    /// <summary>They, and what is around them.</summary>
    public static PushedLabels? Value
    {
        get => s_flow.Value;
        set => s_flow.Value = value;
    }

    /// <summary>The address of the reference to what identifies them in an <see cref="ExecutionContext"/>.</summary>
    public static nint PlaceOfKey => (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(s_pinned));

    /// <summary>
    /// Adds those of a request to what is being done, and to what it calls and awaits from here on: until the asynchronous
    /// method ends that is under way.
    /// </summary>
    /// <param name="request">They alone. Not pushed anew where nothing is around them.</param>
    public static void Follow(PushedLabels request)
    {
        PushedLabels? outer = Value;
        if (outer is null)
        {
            Value = request;
        }
        else if (outer != request)
        {
            Value = new PushedLabels(outer, outer.Labels.With(request.Labels), request.Route != 0 ? request.Route : outer.Route);
        }
    }

    private static AsyncLocal<PushedLabels?>[] Pin(AsyncLocal<PushedLabels?> flow)
    {
        AsyncLocal<PushedLabels?>[] pinned = GC.AllocateArray<AsyncLocal<PushedLabels?>>(1, pinned: true);
        pinned[0] = flow;
        return pinned;
    }
}
