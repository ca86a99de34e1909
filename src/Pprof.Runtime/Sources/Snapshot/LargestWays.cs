namespace Pprof.Sources.Snapshot;

/// <summary>Which ways are kept apart where there are too many: those with the most bytes, as many as there is room for.</summary>
internal ref struct LargestWays
{
    private const int Digit = 8;
    private const int Values = 1 << Digit;

    private readonly ulong _least;
    private int _roomAtLeast;

    /// <summary>Finds the smallest that is kept: digit by digit, as a million is not to be sorted, nor copied.</summary>
    public LargestWays(ReadOnlySpan<HeapNode> nodes, int room)
    {
        _roomAtLeast = int.MaxValue;
        if (nodes.Length <= room)
        {
            return;
        }

        Span<int> counts = stackalloc int[Values];
        for (int shift = 64 - Digit; shift >= 0; shift -= Digit)
        {
            counts.Clear();
            foreach (ref readonly HeapNode node in nodes)
            {
                // The digits before this one are those of the smallest. A shift by 64 would be one by 0.
                if ((node.Bytes >> shift >> Digit) == (_least >> shift >> Digit))
                {
                    counts[(int)(node.Bytes >> shift) & (Values - 1)]++;
                }
            }

            int digit = Values - 1;
            for (; digit > 0 && counts[digit] <= room; digit--)
            {
                room -= counts[digit];
            }

            _least |= (ulong)digit << shift;
        }

        // Of those that are as small as the smallest the first.
        _roomAtLeast = room;
    }

    /// <summary>Whether a way of so many bytes is kept. To be asked once for each, in their order.</summary>
    public bool TryTake(ulong bytes) => bytes > _least || (bytes == _least && _roomAtLeast-- > 0);
}
