namespace Pprof.Encoding.Trace.Perfetto;

/// <summary>
/// The asynchronous methods of a trace, from when each is first suspended to its end: a slice on each thread that goes on with
/// it, within what that did until then, with an arrow from where it was suspended; and a slice from beginning to end on a
/// lane.
/// </summary>
internal sealed class PerfettoOperations(PerfettoFile file, PerfettoNames names, ulong parent)
{
    private const int MaxOperations = 100_000;
    private const string CategoryName = "async";

    private readonly PerfettoLane _lanes = new(parent, null);
    private readonly OperationNames _names = new();
    private readonly Dictionary<long, PerfettoOperation> _operations = [];

    /// <summary>Methods that were left out.</summary>
    public long Lost { get; private set; }

    private ulong Category => names.Category(CategoryName);

    /// <summary>The one of this number; null where there is none.</summary>
    public PerfettoOperation? Find(long number) => _operations.GetValueOrDefault(number);

    /// <summary>The name of a method of a kind; null where none is known.</summary>
    public string? NameOf(int kind, string? name) => _names.Of(kind, name);

    /// <summary>A thread suspends one for the first time.</summary>
    public void Begin(PerfettoThread thread, long number, string name, ulong callstack, long time)
    {
        if (_operations.Count == MaxOperations)
        {
            Lost++;
            return;
        }

        PerfettoLane? lane = _lanes.TakeBelow();
        if (lane is null)
        {
            lane = new PerfettoLane(file.NewTrack(), _lanes);
            file.DescribeTrack(lane.Track, _lanes.Track, "async methods", PerfettoTracks.Operations);
        }

        lane.Use();
        time = file.Next(time);
        var operation = new PerfettoOperation(number, name, lane, time) { Flow = file.NewFlow() };
        _operations.Add(number, operation);
        file.Instant(thread.Track, time, Category, names.Name("suspends " + name), callstack, operation.Flow);
    }

    /// <summary>A thread goes on with it.</summary>
    public void Enter(PerfettoThread thread, PerfettoOperation operation, long time)
    {
        operation.IsEntered = true;
        file.BeginSlice(thread.Track, file.Next(time), Category, names.Name(operation.Name), PerfettoStacks.None, operation.Flow);
    }

    /// <summary>A thread has done with it for now, or for ever.</summary>
    public void Leave(PerfettoThread thread, PerfettoOperation operation, long time)
    {
        operation.IsEntered = false;
        operation.Flow = operation.IsEnding ? 0 : file.NewFlow();
        file.EndSlice(thread.Track, file.Next(time), flow: operation.Flow);
        if (operation.IsEnding)
        {
            Remove(operation);
        }
    }

    /// <summary>It has ended, and no thread is in it.</summary>
    public void Remove(PerfettoOperation operation)
    {
        _operations.Remove(operation.Number);
        Draw(operation, file.Next(file.Time));
        operation.Lane.Release();
    }

    /// <summary>The trace ends: so do all.</summary>
    public void Complete(long time)
    {
        time = file.Next(time);
        foreach (PerfettoOperation operation in _operations.Values)
        {
            Draw(operation, time);
        }
    }

    private void Draw(PerfettoOperation operation, long until)
    {
        file.BeginSlice(operation.Lane.Track, operation.Start, Category, names.Name(operation.Name));
        file.EndSlice(operation.Lane.Track, until);
    }
}
