using System.Diagnostics;
using System.Globalization;
using Pprof.Symbols.Unwinding;
using Xunit;

namespace Pprof.Runtime.Tests.Symbols.Unwinding;

/// <summary>A row of the table that <c>readelf --debug-dump=frames-interp</c> prints.</summary>
internal sealed class ReadElfRow
{
    private static readonly string[] s_registers =
        ["rax", "rdx", "rcx", "rbx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "ra"];

    private readonly Dictionary<string, string> _cells = [];

    public ulong Start { get; private init; }

    public ulong Limit { get; private set; }

    public ulong FunctionStart { get; private init; }

    public ulong FunctionLimit { get; private init; }

    /// <summary>All rows of the functions of the file at <paramref name="path"/>.</summary>
    public static List<ReadElfRow> Of(string path)
    {
        using var readelf = Process.Start(new ProcessStartInfo("/usr/bin/readelf", ["--debug-dump=frames-interp", "--wide", path])
        {
            RedirectStandardOutput = true,
        })!;
        var rows = new List<ReadElfRow>();
        string[] columns = [];
        ulong functionStart = 0;
        ulong functionLimit = 0;
        ReadElfRow? last = null;
        bool inFrames = false;
        while (readelf.StandardOutput.ReadLine() is { } line)
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
                functionStart = ulong.Parse(range[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
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
                    FunctionStart = functionStart,
                    FunctionLimit = functionLimit,
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

    public void AssertMatches(in UnwindRow row, nuint bias, ulong address)
    {
        string where = $"at 0x{address:x}: ";
        Assert.Equal(where + FunctionStart, where + (row.FunctionStart - bias));
        Assert.Equal(where + Start, where + (row.Start - bias));
        Assert.Equal(where + Limit, where + (row.Limit - bias));
        Assert.Equal(DwarfRegister.X64ReturnAddress, row.ReturnAddressRegister);
        Assert.Equal(where + _cells["CFA"], where + CfaText(row.Cfa));
        for (int register = 0; register < s_registers.Length; register++)
        {
            string name = s_registers[register];

            // A register without a column has no rule; readelf writes "u" for both kinds of absence.
            string expected = _cells.GetValueOrDefault(name, "u");
            string actual = RuleText(row[register]);
            if (expected == "u" && actual == "s" && name != "ra")
            {
                continue;
            }

            Assert.Equal($"{where}{name}={expected}", $"{where}{name}={actual}");
        }
    }

    private static string CfaText(UnwindRule rule) => rule.Kind switch
    {
        UnwindRuleKind.Register => $"{s_registers[rule.Register]}{rule.Offset:+0;-0;+0}",
        UnwindRuleKind.Expression => "exp",
        _ => rule.Kind.ToString(),
    };

    private static string RuleText(UnwindRule rule) => rule.Kind switch
    {
        UnwindRuleKind.Offset => $"c{rule.Offset:+0;-0;+0}",
        UnwindRuleKind.ValueOffset => $"v{rule.Offset:+0;-0;+0}",
        UnwindRuleKind.Expression => "exp",
        UnwindRuleKind.ValueExpression => "vexp",
        UnwindRuleKind.Undefined => "u",
        UnwindRuleKind.SameValue => "s",
        _ => $"r{rule.Register}({s_registers[rule.Register]})",
    };
}
