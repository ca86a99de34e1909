using System.Buffers;
using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Pprof.Process;

/// <summary>
/// The memory regions of the process as they were at one moment, in the order of their addresses. Empty where the
/// operating system has no <c>/proc/self/maps</c>.
/// </summary>
internal sealed class ProcessMap
{
    /// <summary>The map of a process that cannot be looked into.</summary>
    public static readonly ProcessMap Empty = new([]);

    private const int InitialBufferSize = 64 * 1024;

    private readonly ProcessMapRegion[] _regions;

    private ProcessMap(ProcessMapRegion[] regions) => _regions = regions;

    /// <summary>All regions, lowest address first.</summary>
    public IReadOnlyList<ProcessMapRegion> Regions => _regions;

    /// <summary>The regions of this process now.</summary>
    public static ProcessMap Read() => Read("self");

    /// <summary>The regions of another process that this one may look into.</summary>
    public static ProcessMap ReadOf(int processId) => Read(processId.ToString(CultureInfo.InvariantCulture));

    private static ProcessMap Read(string process)
    {
        if (!OperatingSystem.IsLinux())
        {
            return Empty;
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(InitialBufferSize);
        try
        {
            // FileShare.ReadWrite keeps File.OpenHandle from locking a file that cannot be locked.
            using SafeFileHandle file = File.OpenHandle($"/proc/{process}/maps", share: FileShare.ReadWrite);
            int length = 0;
            while (RandomAccess.Read(file, buffer.AsSpan(length), length) is int read and > 0)
            {
                length += read;
                if (length == buffer.Length)
                {
                    byte[] larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
                    buffer.AsSpan(0, length).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = larger;
                }
            }

            return Parse(buffer.AsSpan(0, length));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Empty;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The regions listed by <paramref name="maps"/>; lines that are not understood are left out.</summary>
    internal static ProcessMap Parse(ReadOnlySpan<byte> maps)
    {
        var regions = new List<ProcessMapRegion>(256);
        var parser = new ProcessMapParser();
        while (!maps.IsEmpty)
        {
            int end = maps.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? maps : maps[..end];
            maps = end < 0 ? default : maps[(end + 1)..];
            if (parser.ParseLine(line) is { } region && (regions.Count == 0 || region.Start >= regions[^1].Limit))
            {
                regions.Add(region);
            }
        }

        return new ProcessMap([.. regions]);
    }

    /// <summary>The region in which <paramref name="address"/> lies, or null.</summary>
    public ProcessMapRegion? Find(nuint address) => IndexOf(address) is int index and >= 0 ? _regions[index] : null;

    /// <summary>The index of the region in which <paramref name="address"/> lies, or -1.</summary>
    public int IndexOf(nuint address)
    {
        int low = 0;
        int high = _regions.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            ProcessMapRegion region = _regions[middle];
            if (address < region.Start)
            {
                high = middle - 1;
            }
            else if (address >= region.Limit)
            {
                low = middle + 1;
            }
            else
            {
                return middle;
            }
        }

        return -1;
    }
}
