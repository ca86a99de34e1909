using Pprof.Symbols.Unwinding;

namespace Pprof.Runtime.Tests.Symbols.Unwinding;

/// <summary>Rows as readelf writes them.</summary>
internal static class UnwindRowText
{
    /// <summary>The names of the registers on x64, by DWARF number.</summary>
    public static readonly string[] Registers =
        ["rax", "rdx", "rcx", "rbx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "ra"];

    /// <summary>
    /// Addresses and rules; a register that keeps its value, or has none, is left out: readelf does not tell these apart.
    /// </summary>
    public static string Of(in UnwindRow row, nuint bias)
    {
        var cells = new List<string> { $"{row.Start - bias:x}-{row.Limit - bias:x}", $"cfa={CfaText(row.Cfa)}" };
        for (int register = 0; register < Registers.Length; register++)
        {
            if (RuleText(row[register]) is { } rule)
            {
                cells.Add($"{Registers[register]}={rule}");
            }
        }

        return string.Join(' ', cells);
    }

    private static string CfaText(UnwindRule rule) => rule.Kind switch
    {
        UnwindRuleKind.Register => $"{Registers[rule.Register]}{rule.Offset:+0;-0;+0}",
        UnwindRuleKind.Expression => "exp",
        _ => rule.Kind.ToString(),
    };

    private static string? RuleText(UnwindRule rule) => rule.Kind switch
    {
        UnwindRuleKind.Offset => $"c{rule.Offset:+0;-0;+0}",
        UnwindRuleKind.ValueOffset => $"v{rule.Offset:+0;-0;+0}",
        UnwindRuleKind.Expression => "exp",
        UnwindRuleKind.ValueExpression => "vexp",
        UnwindRuleKind.Register => $"r{rule.Register}({Registers[rule.Register]})",
        _ => null,
    };
}
