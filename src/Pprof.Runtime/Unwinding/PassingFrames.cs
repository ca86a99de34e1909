using Pprof.Process;
using Pprof.Profiles;
using Pprof.Symbols.CoreClr;

namespace Pprof.Unwinding;

/// <summary>
/// Puts names in the place of frames whose code does not stay, in stacks that the runtime tells by addresses: while they are
/// read the code is there as a rule, and when their profile is written it may not be. Allocates nothing for what it has seen
/// before. Belongs to one thread.
/// </summary>
internal sealed class PassingFrames
{
    private const int MaxAddresses = 1 << 15;

    // Null for code that stays. What can be unloaded is not kept.
    private readonly Dictionary<nuint, PassingMethod?> _known = [];
    private nuint[] _frames = new nuint[128];

    /// <summary>The frames with names. Valid until the next call.</summary>
    public ReadOnlySpan<nuint> Of(ReadOnlySpan<nuint> frames)
    {
        if (!ManagedRuntime.IsCoreClr)
        {
            return frames;
        }

        if (_frames.Length < frames.Length)
        {
            _frames = new nuint[frames.Length * 2];
        }

        for (int i = 0; i < frames.Length; i++)
        {
            _frames[i] = Of(frames[i]);
        }

        return _frames.AsSpan(0, frames.Length);
    }

    /// <summary>One frame: itself, or its name where its code does not stay.</summary>
    public nuint Of(nuint frame) => Find(frame) is { Address: not 0 } passing ? passing.Address : frame;

    private PassingMethod? Find(nuint address)
    {
        if (_known.TryGetValue(address, out PassingMethod? passing) && passing?.MayBeGone != true)
        {
            return passing;
        }

        if (_known.Count >= MaxAddresses)
        {
            _known.Clear();
        }

        passing = CodeAddress.IsPossible(address) ? PassingMethod.Of(address, NativeMethodLookup.Find(address), isKept: false) : null;
        _known[address] = passing;
        return passing;
    }
}
