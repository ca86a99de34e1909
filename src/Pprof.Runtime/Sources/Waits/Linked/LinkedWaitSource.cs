using System.Runtime.InteropServices;
using Pprof.Sources.Allocations;

namespace Pprof.Sources.Waits.Linked;

/// <summary>NativeAOT on Linux: the program was linked with hooks in what every managed thread waits by.</summary>
internal sealed class LinkedWaitSource(IWaitSink contentions, IWaitSink waits) : SampledWaitSource(contentions, waits)
{
    // The releases of the runtime whose waiting waits.c has been tried with.
    private const int OldestRuntime = 9;
    private const int NewestRuntime = 10;

    private readonly IWaitSink _contentions = contentions;
    private readonly IWaitSink _waits = waits;
    private volatile string? _mismatch;

    public override string? UnsupportedReason =>
        !OperatingSystem.IsLinux() ? "NativeAOT: the runtime does not tell where threads wait; on Linux hooks of this package do"
        : Environment.Version.Major is < OldestRuntime or > NewestRuntime ? $"NativeAOT: where threads wait is known on .NET {OldestRuntime} and {NewestRuntime}, and this program was published for .NET {Environment.Version.Major}"
        : RuntimeInformation.ProcessArchitecture is not (Architecture.X64 or Architecture.Arm64) ? $"NativeAOT: where threads wait is known on x64 and Arm64, and this process is {RuntimeInformation.ProcessArchitecture}"
        : LinkedWaitHooks.Instance is null
            ? "NativeAOT: this program was linked without the wait hooks of this package: "
                + "its project says <PprofNativeHooks>false</PprofNativeHooks>, or its compiler and linker did not take them, which its publish says"
        : _mismatch is { } mismatch ? MismatchText(mismatch)
        : null;

    public override string Description => "hooks that were linked into the runtime's waiting";

    public override WaitClassifier NewClassifier() => LinkedWaitReader.NewClassifier();

    protected override WaitReader? TryAttach(AllocationRing ring, WaitThinning thinning, LabelsAtTime labels, out string? reason)
    {
        LinkedWaitHooks hooks = LinkedWaitHooks.Instance!;
        if (hooks.Missing is { } symbol)
        {
            reason = _mismatch = $"it has no {symbol}";
            return null;
        }

        if (!ring.IsAttached)
        {
            hooks.Attach(ring);
        }

        var reader = new LinkedWaitReader(ring, _contentions, _waits, hooks, thinning, labels, () => Log);
        reason = _mismatch = new LinkedWaitSelfTest(ring, hooks, reader).Run();
        return reason is null ? reader : null;
    }

    protected override string? TryWatch(AllocationRing ring, Watched what)
    {
        LinkedWaitHooks.Instance!.Watch(what);
        return null;
    }
}
