using System.Runtime.InteropServices;

namespace Pprof.Sources.Allocations.Linked;

/// <summary>NativeAOT on Linux: the program was linked with hooks in the runtime's slow path of allocations.</summary>
/// <param name="sink">Gets the samples.</param>
internal sealed class LinkedAllocationSource(IAllocationSink sink) : SampledAllocationSource(sink)
{
    // The releases of the runtime whose layouts hooks.c has.
    private const int OldestRuntime = 9;
    private const int NewestRuntime = 10;

    // One for each process, whoever samples.
    private static AllocationRing? s_ring;
    private static string? s_mismatch;
    private static bool s_isTested;

    /// <inheritdoc/>
    protected override string? PlatformReason =>
        !OperatingSystem.IsLinux() ? "the memory profiles do not work on this system yet; run the service on Linux to profile its memory"
        : Environment.Version.Major is < OldestRuntime or > NewestRuntime ? $"NativeAOT: the memory profiles work on .NET {OldestRuntime} to {NewestRuntime}, and this program was published for .NET {Environment.Version.Major}"
        : RuntimeInformation.ProcessArchitecture is not (Architecture.X64 or Architecture.Arm64) ? $"NativeAOT: the memory profiles work on x64 and Arm64, and this process is {RuntimeInformation.ProcessArchitecture}"
        : LinkedHooks.Instance is null
            ? "NativeAOT: this program was linked without the allocation hooks of this package: "
                + "its project says <PprofNativeHooks>false</PprofNativeHooks>, or its compiler and linker did not take them, which its publish says"
        : s_mismatch is { } mismatch ? MismatchText(mismatch)
        : null;

    /// <inheritdoc/>
    protected override long FinestRate => PointRate.Finest;

    /// <inheritdoc/>
    protected override AllocationRing? Ring => s_ring;

    /// <inheritdoc/>
    protected override string? Begin()
    {
        if (PlatformReason is { } reason)
        {
            return reason;
        }

        LinkedHooks hooks = LinkedHooks.Instance!;
        if (hooks.Runtime != Environment.Version.Major)
        {
            s_mismatch = $"it was linked with hooks for .NET {hooks.Runtime}";
            return MismatchText(s_mismatch);
        }

        if (hooks.Missing is { } symbol)
        {
            s_mismatch = $"it has no {symbol}";
            return MismatchText(s_mismatch);
        }

        s_ring ??= AllocationRing.TryCreate();
        if (s_ring is null)
        {
            return AllocationRing.NoMemory;
        }

        if (!s_ring.IsAttached)
        {
            hooks.Attach(s_ring);
        }

        if (!s_isTested)
        {
            s_mismatch = new LinkedSelfTest(s_ring, hooks).Run();
            if (s_mismatch is not null)
            {
                return MismatchText(s_mismatch);
            }

            s_isTested = true;
        }

        _ = s_ring.Start();
        return null;
    }

    /// <inheritdoc/>
    protected override SamplingRate CreateRate() => new PointRate(s_ring!);

    /// <inheritdoc/>
    protected override void GiveUp(string mismatch) => s_mismatch = mismatch;
}
