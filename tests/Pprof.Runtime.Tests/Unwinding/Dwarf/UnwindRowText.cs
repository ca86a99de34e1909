using System.Runtime.InteropServices;
using Pprof.Unwinding.Dwarf;

namespace Pprof.Runtime.Tests.Unwinding.Dwarf;

/// <summary>Rows as readelf writes them.</summary>
internal static class UnwindRowText
{
    /// <summary>The names of the registers on x64, by DWARF number.</summary>
    public static readonly string[] X64Registers =
        ["rax", "rdx", "rcx", "rbx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "ra"];

    /// <summary>The names of the registers on arm64, by DWARF number.</summary>
    public static readonly string[] Arm64Registers = [.. Enumerable.Range(0, 30).Select(i => $"x{i}"), "ra", "sp"];

    /// <summary>
    /// Addresses and rules; a register that keeps its value, or has none, is left out: readelf does not tell these apart.
    /// </summary>
    public static string Of(in UnwindRow row, nuint bias, string[]? registers = null)
    {
        registers ??= RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? Arm64Registers : X64Registers;
        var cells = new List<string> { $"{row.Start - bias:x}-{row.Limit - bias:x}", $"cfa={CfaText(row.Cfa, registers)}" };
        for (int register = 0; register < registers.Length; register++)
        {
            if (RuleText(row[register], registers) is { } rule)
            {
                cells.Add($"{registers[register]}={rule}");
            }
        }

        return string.Join(' ', cells);
    }

    private static string CfaText(UnwindRule rule, string[] registers) => rule.Kind switch
    {
        UnwindRuleKind.Register => $"{registers[rule.Register]}{rule.Offset:+0;-0;+0}",
        UnwindRuleKind.Expression => "exp",
        _ => rule.Kind.ToString(),
    };

    private static string? RuleText(UnwindRule rule, string[] registers) => rule.Kind switch
    {
        UnwindRuleKind.Offset => $"c{rule.Offset:+0;-0;+0}",
        UnwindRuleKind.ValueOffset => $"v{rule.Offset:+0;-0;+0}",
        UnwindRuleKind.Expression => "exp",
        UnwindRuleKind.ValueExpression => "vexp",
        UnwindRuleKind.Register => $"r{rule.Register}({registers[rule.Register]})",
        _ => null,
    };
}
