using Pprof.Profiles;
using Pprof.Sources.Waits;
using Pprof.Symbols.CoreClr;

namespace Pprof.Runtime.Tests.Sources.Waits;

/// <summary>Counts waits by the method of a type in which they are.</summary>
internal sealed class CountingSink(Type type) : IWaitSink
{
    private readonly Lock _gate = new();
    private readonly List<string> _methods = [];
    private volatile bool _isActive;

    public bool IsActive
    {
        get => _isActive;
        set => _isActive = value;
    }

    public bool WantsAll => false;

    /// <summary>Those in this method.</summary>
    public int Count(string method)
    {
        lock (_gate)
        {
            return _methods.Count(name => name == method);
        }
    }

    public void Record(ReadOnlySpan<nuint> frames, LabelSet labels, SampledLabels threadLabels, long nanoseconds, int weight, double countScale)
    {
        foreach (nuint frame in frames)
        {
            if (NativeMethodLookup.Find(frame) is { } method && method.DeclaringType == type)
            {
                lock (_gate)
                {
                    _methods.Add(method.Name);
                }

                return;
            }
        }
    }
}
