using Pprof.Process;

namespace Pprof.Sources.Snapshot;

/// <summary>
/// Where threads wait in the kernel, and so where their stacks end: below that nothing is of any use. What it was before and
/// after the process was copied it was in the copy, if the thread has not run meanwhile.
/// </summary>
internal sealed class ThreadRests
{
    private const int LineBytes = 256;

    private readonly Dictionary<int, (ThreadRest Place, byte[] Runs)> _before = [];

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

    /// <summary>Where those wait that have not run since.</summary>
    public Dictionary<int, ThreadRest> Unchanged()
    {
        Dictionary<int, ThreadRest> unchanged = [];
        foreach ((int systemId, (ThreadRest rest, byte[] runs)) in _before)
        {
            if (Look(systemId) is { } now && now.Place == rest && now.Runs.AsSpan().SequenceEqual(runs))
            {
                unchanged.Add(systemId, rest);
            }
        }

        return unchanged;
    }

    private static (ThreadRest Place, byte[] Runs)? Look(int systemId)
    {
        Span<byte> buffer = stackalloc byte[LineBytes];
        using var runs = new TaskFile(systemId, "schedstat"u8);
        byte[] before = runs.Read(buffer).ToArray();
        using var call = new TaskFile(systemId, "syscall"u8);
        ThreadRest rest = ThreadRest.Parse(call.Read(buffer));
        return call.Error == 0 && rest.State == ThreadRestState.AtRest ? (rest, before) : null;
    }
}
