using Pprof.Process;

namespace Pprof.Sources.Snapshot;

/// <summary>
/// Where the stacks of threads end that wait in the kernel: below that nothing is of any use. What it was before and after
/// the process was copied it was in the copy, if the thread has not run meanwhile.
/// </summary>
internal sealed class ThreadRests
{
    private const int LineBytes = 256;

    private readonly Dictionary<int, (nuint Sp, byte[] Runs)> _before = [];

    /// <summary>Looks at all threads.</summary>
    public ThreadRests()
    {
        foreach (int systemId in ThreadList.Read())
        {
            if (Look(systemId) is { } rest)
            {
                _before.Add(systemId, rest);
            }
        }
    }

    /// <summary>The stack pointers of those that have not run since.</summary>
    public Dictionary<int, nuint> Unchanged()
    {
        Dictionary<int, nuint> unchanged = [];
        foreach ((int systemId, (nuint sp, byte[] runs)) in _before)
        {
            if (Look(systemId) is { } now && now.Sp == sp && now.Runs.AsSpan().SequenceEqual(runs))
            {
                unchanged.Add(systemId, sp);
            }
        }

        return unchanged;
    }

    private static (nuint Sp, byte[] Runs)? Look(int systemId)
    {
        Span<byte> buffer = stackalloc byte[LineBytes];
        using var runs = new TaskFile(systemId, "schedstat"u8);
        byte[] before = runs.Read(buffer).ToArray();
        using var call = new TaskFile(systemId, "syscall"u8);
        ThreadRest rest = ThreadRest.Parse(call.Read(buffer));
        return call.Error == 0 && rest.State == ThreadRestState.AtRest ? (rest.Sp, before) : null;
    }
}
