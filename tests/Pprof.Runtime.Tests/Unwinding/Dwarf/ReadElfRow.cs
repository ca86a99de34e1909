using System.Globalization;
using Pprof.Testing;

namespace Pprof.Runtime.Tests.Unwinding.Dwarf;

/// <summary>A row of the table that <c>readelf --debug-dump=frames-interp</c> prints.</summary>
internal sealed class ReadElfRow
{
    private readonly Dictionary<string, string> _cells = [];

    public ulong Start { get; private init; }

    public ulong Limit { get; private set; }

    /// <summary>All rows of the functions of the file at <paramref name="path"/>.</summary>
    public static async Task<List<ReadElfRow>> OfAsync(string path)
    {
        ProcessResult readelf = await ChildProcess.RunAsync(
            Tools.PathOf(Tools.ReadElf), ["--debug-dump=frames-interp", "--wide", path]);

        // Its exit code speaks of separate debug files too, whose own frames are empty.
        return Parse(readelf.Output);
    }

    private static List<ReadElfRow> Parse(string frames)
    {
        var rows = new List<ReadElfRow>();
        string[] columns = [];
        ulong functionLimit = 0;
        ReadElfRow? last = null;
        bool inFrames = false;
        foreach (string line in frames.Split('\n'))
        {
            // "r9 (r9)" is one cell.
            string[] cells = line.Replace(" (", "(", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (line.StartsWith("Contents of the ", StringComparison.Ordinal))
            {
                // Sections of separate debug files follow the file's own.
                inFrames = rows.Count == 0 && line.Contains(".eh_frame ", StringComparison.Ordinal);
            }
            else if (!inFrames || cells.Length == 0 || cells.Contains("ZERO"))
            {
                continue;
            }
            else if (cells.Contains("FDE"))
            {
                string[] range = cells.First(c => c.StartsWith("pc=", StringComparison.Ordinal))[3..].Split("..");
                functionLimit = ulong.Parse(range[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                last = null;
                columns = [];
            }
            else if (cells.Contains("CIE"))
            {
                functionLimit = 0;
                columns = [];
            }
            else if (cells[0] == "LOC")
            {
                columns = cells;
            }
            else if (columns.Length > 0 && cells.Length >= columns.Length
                && ulong.TryParse(cells[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong start)
                && start < functionLimit)
            {
                var row = new ReadElfRow
                {
                    Start = start,
                    Limit = functionLimit,
                };
                for (int i = 1; i < columns.Length; i++)
                {
                    row._cells.Add(columns[i], cells[i]);
                }

                if (last is not null)
                {
                    last.Limit = start;
                    if (last.Start == start)
                    {
                        rows.Remove(last);
                    }
                }

                rows.Add(row);
                last = row;
            }
        }

        return rows;
    }

    /// <summary>The row in the form of <see cref="UnwindRowText"/>.</summary>
    public override string ToString()
    {
        var cells = new List<string> { $"{Start:x}-{Limit:x}", $"cfa={_cells["CFA"]}" };
        bool isX64 = UnwindRowText.X64Registers.Any(r => r != "ra" && _cells.ContainsKey(r));
        foreach (string register in isX64 ? UnwindRowText.X64Registers : UnwindRowText.Arm64Registers)
        {
            if (_cells.TryGetValue(register, out string? rule) && rule is not ("u" or "s"))
            {
                cells.Add($"{register}={rule}");
            }
        }

        return string.Join(' ', cells);
    }
}
