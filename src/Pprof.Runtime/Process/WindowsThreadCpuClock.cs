using System.Runtime.InteropServices;

namespace Pprof.Process;

/// <summary>
/// GetThreadTimes, which counts whole ticks of the system's clock (some 16 ms) for the thread that runs at their end: right on
/// average.
/// </summary>
internal sealed unsafe partial class WindowsThreadCpuClock : ThreadCpuClock
{
    // THREAD_QUERY_LIMITED_INFORMATION of OpenThread.
    private const uint QueryLimitedInformation = 0x0800;

    // FILETIME counts 100 ns.
    private const long NanosecondsPerUnit = 100;

    /// <inheritdoc/>
    public override long Nanoseconds(int systemId)
    {
        nint thread = OpenThread(QueryLimitedInformation, 0, (uint)systemId);
        if (thread == 0)
        {
            return -1;
        }

        long created;
        long ended;
        long kernel;
        long user;
        bool isRead = GetThreadTimes(thread, &created, &ended, &kernel, &user) != 0;
        _ = CloseHandle(thread);

        // A handle that somebody holds keeps a thread known that has ended.
        return isRead && ended == 0 ? (kernel + user) * NanosecondsPerUnit : -1;
    }

    [LibraryImport("kernel32")]
    private static partial nint OpenThread(uint access, int inherit, uint systemId);

    [LibraryImport("kernel32")]
    private static partial int GetThreadTimes(nint thread, long* created, long* ended, long* kernel, long* user);

    [LibraryImport("kernel32")]
    private static partial int CloseHandle(nint handle);
}
