using Pprof.Symbols.NativeAot;

namespace Pprof.Sources.Snapshot.NativeAot;

/// <summary>The heap of a NativeAOT program at one moment, in a copy of the process. Its roots are not known.</summary>
internal sealed class NativeHeapSnapshot : HeapCopy
{
    private const string FreeType = "g_pFreeObjectEEType";

    // So many that no other type could have them by chance: where they are found all the rest is.
    private static readonly Known[] s_known = [.. Enumerable.Range(0, 97).Select(static i => new Known(i))];

    // Set before the process is copied, as a field of an object is set before its base is made: that has made them by then.
    private readonly Known[] _known = s_known;

    // Those that the copy has checked. An object that a concurrent collection is about to free may refer to memory that is
    // something else by now.
    private readonly HashSet<ulong> _tables = [];

    /// <summary>Why there is none in this program, and what would help; null where there is.</summary>
    public static string? UnsupportedReason =>
        DebugHeader.Instance is null
            ? "this program does not tell debuggers of its heap in the form of the runtime of .NET 10 (DotNetRuntimeDebugHeader): libraries (NativeLib) do not, nor do other releases; publish the service as a program, on .NET 10"
            : null;

    /// <summary>Copies the process, and finds its heap.</summary>
    /// <param name="memoryLimit">The bytes that the copy may need for itself.</param>
    /// <param name="patience">How long it may live.</param>
    /// <param name="cancellation">Nobody wants it any more.</param>
    /// <exception cref="SnapshotException">It cannot be had.</exception>
    public NativeHeapSnapshot(long memoryLimit, TimeSpan patience, CancellationToken cancellation)
        : this(DebugHeader.Instance ?? throw new SnapshotException(UnsupportedReason!), new ThreadRests(), memoryLimit, patience, cancellation)
    {
    }

    private NativeHeapSnapshot(DebugHeader header, ThreadRests rests, long memoryLimit, TimeSpan patience, CancellationToken cancellation)
        : base(header.Global(FreeType), rests, memoryLimit, patience, cancellation)
    {
        try
        {
            Walk(new PublishedLayout(header, Memory), header.Global(FreeType), ObjectTable.Of(new object()));
            ReadTypes();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override Type? TypeOf(ulong methodTable) => _tables.Contains(methodTable) ? NativeAotTypes.TypeOf((nuint)methodTable) : null;

    private void ReadTypes()
    {
        ulong table = ObjectTable.Of(_known[0]);
        bool isFound = false;
        foreach (HeapType type in Types)
        {
            if (type.Count > 0)
            {
                _tables.Add(type.MethodTable);
            }

            isFound |= type.MethodTable == table && type.Count == (ulong)_known.Length;
        }

        if (!isFound)
        {
            throw new SnapshotException("the heap is not where the runtime tells debuggers: of objects that are known not all were found");
        }
    }

    /// <summary>An object of which it is known how many there are.</summary>
    private sealed class Known(int number)
    {
        public int Number { get; } = number;
    }
}
