namespace Pprof.Sources.Allocations;

/// <summary>
/// Finds out that the runtime does not tell of allocations although it has been asked to. It computes what all sessions
/// want of a provider of events under a lock, and lets that hold without it: of two sessions that begin or end at the same
/// moment the one that was first may have its way last, without the other's wishes, until another begins or ends.
/// </summary>
internal sealed class Silence
{
    // Some 300 events. What threads had reserved before is not told of, 8 KB for each.
    private const long Limit = 32 << 20;

    // Some 40 events, none of which comes by chance once in 10^17 times.
    private const long Certain = 4 << 20;

    private long _told;
    private long _allocated;

    /// <summary>From now on it is to tell.</summary>
    /// <param name="told">The allocations of which it has told.</param>
    /// <param name="allocated">The bytes that the process has allocated.</param>
    public void Begin(long told, long allocated) => (_told, _allocated) = (told, allocated);

    /// <summary>Whether so much was allocated since it last told of something, or began to, that it should have told of more.</summary>
    public bool IsTooLong(long told, long allocated) => Since(told, allocated) > Limit;

    /// <summary>The bytes that were allocated since it last told of something, or began to; 0 where that may be chance.</summary>
    public long Bytes(long told, long allocated) => Since(told, allocated) is > Certain and long bytes ? bytes : 0;

    private long Since(long told, long allocated)
    {
        if (told != _told)
        {
            Begin(told, allocated);
        }

        return allocated - _allocated;
    }
}
