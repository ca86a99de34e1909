using System.Buffers.Text;

namespace Pprof.Process;

/// <summary>
/// Reads lines of the form <c>start-limit perms offset device inode   path</c> (proc_pid_maps(5)). Consecutive regions
/// of one file share the string of its path.
/// </summary>
internal sealed class ProcessMapParser
{
    private byte[] _lastPathBytes = [];
    private string _lastPath = "";

    /// <summary>The region that <paramref name="line"/> describes, or null where it describes none.</summary>
    public ProcessMapRegion? ParseLine(ReadOnlySpan<byte> line)
    {
        if (!TryTakeHex(ref line, (byte)'-', out ulong start)
            || !TryTakeHex(ref line, (byte)' ', out ulong limit)
            || !TryTakeField(ref line, out ReadOnlySpan<byte> permissions)
            || permissions.Length != 4
            || !TryTakeHex(ref line, (byte)' ', out ulong offset)
            || !TryTakeField(ref line, out _)
            || !TryTakeField(ref line, out ReadOnlySpan<byte> inodeDigits)
            || !Utf8Parser.TryParse(inodeDigits, out ulong inode, out _))
        {
            return null;
        }

        return new ProcessMapRegion
        {
            Start = (nuint)start,
            Limit = (nuint)limit,
            Offset = offset,
            Inode = inode,
            Path = PathOf(line.TrimStart((byte)' ')),
            IsReadable = permissions[0] == 'r',
            IsWritable = permissions[1] == 'w',
            IsExecutable = permissions[2] == 'x',
        };
    }

    private string PathOf(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return "";
        }

        if (!bytes.SequenceEqual(_lastPathBytes))
        {
            _lastPathBytes = bytes.ToArray();
            ReadOnlySpan<byte> path = bytes.EndsWith(" (deleted)"u8) ? bytes[..^" (deleted)".Length] : bytes;

            // The kernel escapes nothing but the line feed.
            _lastPath = System.Text.Encoding.UTF8.GetString(path).Replace("\\012", "\n", StringComparison.Ordinal);
        }

        return _lastPath;
    }

    private static bool TryTakeField(ref ReadOnlySpan<byte> line, out ReadOnlySpan<byte> field)
    {
        int end = line.IndexOf((byte)' ');
        field = end < 0 ? line : line[..end];
        line = end < 0 ? default : line[(end + 1)..];
        return !field.IsEmpty;
    }

    private static bool TryTakeHex(ref ReadOnlySpan<byte> line, byte separator, out ulong value)
    {
        value = 0;
        int i = 0;
        for (; i < line.Length && line[i] != separator; i++)
        {
            int digit = line[i] switch
            {
                >= (byte)'0' and <= (byte)'9' => line[i] - '0',
                >= (byte)'a' and <= (byte)'f' => line[i] - 'a' + 10,
                _ => -1,
            };
            if (digit < 0 || i == 16)
            {
                return false;
            }

            value = (value << 4) | (uint)digit;
        }

        if (i == 0 || i == line.Length)
        {
            return false;
        }

        line = line[(i + 1)..];
        return true;
    }
}
