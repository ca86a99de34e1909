using System.Runtime.InteropServices;
using Pprof.Process;
using Pprof.Sources.Allocations;
using Pprof.Sources.Allocations.Callback;
using Pprof.Symbols.CoreClr;
using Pprof.Symbols.Managed;

namespace Pprof.Sources.Waits.Callback;

/// <summary>CoreCLR on Linux: the runtime calls on the thread that waits.</summary>
/// <remarks>
/// Once attached, the callback stays for the life of the process: a library that is unloaded while the runtime may be in it
/// is the one thing that would end the process. What ends are the runtime's sessions, without which nothing is called.
/// </remarks>
/// <param name="contentions">Gets the waits for contended locks.</param>
/// <param name="waits">Gets all waits, these included.</param>
/// <param name="selfTest">Another test of the runtime than <see cref="CallbackWaitSelfTest"/>.</param>
internal sealed class CallbackWaitSource(IWaitSink contentions, IWaitSink waits, Func<AllocationRing, string?>? selfTest = null)
    : SampledWaitSource(contentions, waits)
{
    private readonly IWaitSink _contentions = contentions;
    private readonly IWaitSink _waits = waits;
    private readonly Func<AllocationRing, string?> _selfTest = selfTest ?? (static ring => new CallbackWaitSelfTest(ring).Run());
    private volatile string? _refusal;

    public override string? UnsupportedReason =>
        !OperatingSystem.IsLinux() ? "to be told on the thread that waits needs Linux"
        : RuntimeInformation.ProcessArchitecture is not (Architecture.X64 or Architecture.Arm64)
            ? $"to be told on the thread that waits needs an x64 or Arm64 process, and this one is {RuntimeInformation.ProcessArchitecture}"
        : _refusal ?? (IsAttached ? null : ProfilerAttachment.UnsupportedReason);

    public override string Description => "the runtime's contentions and waits, told on the thread that waits";

    /// <summary>Where the callback keeps what threads wait for; null before that is watched.</summary>
    public WaitSlots? Slots { get; private set; }

    public static WaitClassifier CreateClassifier() =>
        new(ManagedSymbols.Create(), static address => CodeOwners.Of(NativeMethodLookup.Find(address)));

    public override WaitClassifier NewClassifier() => CreateClassifier();

    protected override WaitReader? TryAttach(AllocationRing ring, WaitThinning thinning, LabelsAtTime labels, out string? reason)
    {
        bool isRefused = false;
        ring.UseClock(Libc.FindClock());
        reason = ring.IsAttached
            ? null
            : ProfilerAttachment.Attach(
                ring, ProfilerAttachment.LibraryFor(WaitCallbackLibrary.X64, WaitCallbackLibrary.Arm64), "waits", out isRefused);

        // There are 64 sessions at a time: others may have them all now.
        if (reason is null && TryWatch(ring, Watched.All) is { } notBegun)
        {
            ring.Stop();
            reason = notBegun;
        }

        if (reason is null && _selfTest(ring) is { } mismatch)
        {
            isRefused = !ring.HasNotBegun;
            reason = isRefused ? MismatchText(mismatch) : mismatch;
        }

        if (isRefused)
        {
            _refusal = reason;
        }

        if (reason is not null)
        {
            return null;
        }

        Slots = WaitSlots.TryFind(ring);
        return new CallbackWaitReader(ring, _contentions, _waits, thinning, labels, Slots);
    }

    protected override string? TryWatch(AllocationRing ring, Watched what)
    {
        ring.Watched = (uint)what;
        int result = ring.Start();
        return result < 0 ? AllocationRing.NotBegunText(result) : null;
    }
}
