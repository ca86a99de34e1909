using Pprof.Labels;

namespace Pprof;

/// <summary>The time for which labels hold: ends when it is disposed. Disposing it again does nothing.</summary>
public readonly struct PprofLabelScope : IDisposable
{
    private readonly PushedLabels? _labels;

    internal PprofLabelScope(PushedLabels labels) => _labels = labels;

    /// <summary>
    /// Ends the labels, and those that were pushed later and not ended. Does nothing in another flow of control than
    /// the one that they hold in.
    /// </summary>
    public void Dispose()
    {
        if (_labels is not null)
        {
            PprofLabels.End(_labels);
        }
    }
}
