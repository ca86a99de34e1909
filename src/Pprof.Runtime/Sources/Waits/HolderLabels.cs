using Pprof.Profiles;
using Pprof.Symbols.Managed;

namespace Pprof.Sources.Waits;

/// <summary>
/// The label that names who held the lock. While samples are taken its value is an address; it gets its name when the
/// profile is written. Code that can be gone by then has one of <see cref="NamedFrames"/>.
/// </summary>
internal sealed class HolderLabels
{
    /// <summary>The label's key.</summary>
    public const string Key = "holder";

    private const int MaxAddresses = 1 << 12;

    private readonly Dictionary<nuint, LabelSet> _labels = [];

    /// <summary>The label for a holder that took the lock at <paramref name="address"/>; none for 0.</summary>
    public LabelSet Of(nuint address)
    {
        if (address == 0)
        {
            return LabelSet.Empty;
        }

        if (!_labels.TryGetValue(address, out LabelSet? labels))
        {
            if (_labels.Count >= MaxAddresses)
            {
                return LabelSet.Empty;
            }

            _labels.Add(address, labels = new LabelSet([new Label(Key, null, (long)address)]));
        }

        return labels;
    }
}
