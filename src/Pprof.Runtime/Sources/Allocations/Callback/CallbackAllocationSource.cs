using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Pprof.Sources.EventPipe;

namespace Pprof.Sources.Allocations.Callback;

/// <summary>CoreCLR on Linux: the runtime calls on the thread that allocates.</summary>
/// <remarks>
/// Once attached, the callback stays for the life of the process: a library that is unloaded while the runtime may be in it
/// is the one thing that would end the process. What ends is the runtime's session, without which nothing is called.
/// </remarks>
/// <param name="sink">Gets the samples.</param>
/// <param name="selfTest">Another test of the runtime than <see cref="CallbackSelfTest"/>.</param>
/// <param name="maySwitch">Another answer than <see cref="CollectionRequests.AreNone"/>.</param>
internal sealed class CallbackAllocationSource(IAllocationSink sink, Func<AllocationRing, string?>? selfTest = null, Func<bool>? maySwitch = null)
    : SampledAllocationSource(sink)
{
    // One for each process, whoever samples.
    private static AllocationRing? s_ring;
    private static string? s_mismatch;
    private static bool s_isTested;

    private readonly Func<AllocationRing, string?> _selfTest = selfTest ?? (static ring => s_isTested ? s_mismatch : new CallbackSelfTest(ring).Run());

    /// <inheritdoc/>
    protected override string? PlatformReason =>
        !OperatingSystem.IsLinux() ? "that needs Linux"
        : Environment.Version.Major < 10 ? "that needs .NET 10 or later, whose runtime samples allocations"
        : RuntimeInformation.ProcessArchitecture is not (Architecture.X64 or Architecture.Arm64)
            ? $"that needs an x64 or Arm64 process, and this one is {RuntimeInformation.ProcessArchitecture}"
        : s_mismatch is { } mismatch ? MismatchText(mismatch)
        : s_ring is { IsAttached: true } ? null
        : ProfilerAttachment.UnsupportedReason;

    /// <inheritdoc/>
    protected override long FinestRate => ThinnedRate.RuntimePeriod;

    /// <inheritdoc/>
    protected override AllocationRing? Ring => s_ring;

    /// <summary>Lets the runtime be tested again, after a test of this package made it fail.</summary>
    internal static void ForgetMismatch() => s_mismatch = null;

    /// <inheritdoc/>
    protected override void Prepare() => DiagnosticPort.Keep();

    /// <inheritdoc/>
    protected override string? Begin()
    {
        if (s_mismatch is not null)
        {
            return MismatchText(s_mismatch);
        }

        if (!TryAttach(out AllocationRing? ring, out string? reason))
        {
            return reason;
        }

        ring.LearnRuntime();

        // There are 64 sessions at a time: others may have them all now.
        int result = ring.Start();
        if (result < 0)
        {
            return AllocationRing.NotBegunText(result);
        }

        string? mismatch = _selfTest(ring);
        if (mismatch is not null)
        {
            ring.Stop();
            if (ring.HasNotBegun)
            {
                return mismatch;
            }

            s_mismatch = mismatch;
            return MismatchText(mismatch);
        }

        s_isTested = true;
        return null;
    }

    /// <inheritdoc/>
    protected override SamplingRate CreateRate() => new ThinnedRate(s_ring!, new SamplingSlices(maySwitch ?? (static () => CollectionRequests.AreNone)));

    /// <inheritdoc/>
    protected override void GiveUp(string mismatch) => s_mismatch = mismatch;

    private static bool TryAttach([NotNullWhen(true)] out AllocationRing? ring, [NotNullWhen(false)] out string? reason)
    {
        ring = s_ring ??= AllocationRing.TryCreate();
        reason = ring is null ? AllocationRing.NoMemory
            : ring.IsAttached ? null
            : ProfilerAttachment.Attach(ring, ProfilerAttachment.LibraryFor(CallbackLibrary.X64, CallbackLibrary.Arm64), "allocations", out _);
        return reason is null;
    }
}
