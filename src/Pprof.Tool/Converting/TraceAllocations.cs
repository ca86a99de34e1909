using Pprof.Profiles;
using Pprof.Sources.Allocations.Callback;

namespace Pprof.Tool.Converting;

/// <summary>
/// What was allocated, as a recording tells it: by ticks, or from .NET 10 on by samples. Both stand for all that was
/// allocated, so that only one of them counts. Whoever is sent samples is sent them from the first moment on, while ticks
/// end where anybody asks for samples: those count where there is one.
/// </summary>
internal sealed class TraceAllocations
{
    // Objects are estimated in parts: a large one may stand for 1.4 of its kind.
    private const double ObjectUnit = 1024;

    private readonly SampleTable _ticks = new(valueCount: 2);
    private readonly SampleTable _samples = new(valueCount: 2);

    /// <summary>Adds a tick: one object, which is taken for all that was allocated since the tick before.</summary>
    /// <param name="stack">The type, and who allocated it.</param>
    /// <param name="amount">The bytes since the tick before.</param>
    /// <param name="size">The size of the object; 0 where the runtime does not tell it.</param>
    public void AddTick(ReadOnlySpan<nuint> stack, long amount, long size) =>
        Add(_ticks, stack, size > 0 ? Math.Max(1, (double)amount / size) : 1, amount);

    /// <summary>Adds a sample: an object that was chosen with a chance which grows with its size.</summary>
    /// <param name="stack">The type, and who allocated it.</param>
    /// <param name="size">The size of the object.</param>
    public void AddSample(ReadOnlySpan<nuint> stack, long size)
    {
        double objects = ThinnedRate.Weight(size);
        Add(_samples, stack, objects, size * objects);
    }

    /// <summary>Adds objects and bytes to <paramref name="profile"/>, and what they are made of.</summary>
    public void AddTo(Profile profile)
    {
        bool areSampled = _samples.Count > 0;
        profile.Samples.Add(areSampled ? _samples : _ticks, static values => values[0] = (long)Math.Round(values[0] / ObjectUnit));
        profile.Period = ThinnedRate.RuntimePeriod;
        profile.Comments.Add(areSampled
            ? "the runtime's sampled allocations: the types and stacks of random objects, one for each 102,400 bytes; all is estimated"
            : "the runtime's allocation ticks: the type and stack of one object for each 100 KB or so; objects are estimated");
    }

    private static void Add(SampleTable table, ReadOnlySpan<nuint> stack, double objects, double bytes) =>
        table.Add(stack, LabelSet.Empty, (long)Math.Round(objects * ObjectUnit), (long)Math.Round(bytes));
}
