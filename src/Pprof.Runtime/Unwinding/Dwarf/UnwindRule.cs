namespace Pprof.Unwinding.Dwarf;

/// <summary>Where the caller's value of a register is found, or how the CFA is computed (DWARF 5, section 6.4.1).</summary>
internal enum UnwindRuleKind : byte
{
    /// <summary>
    /// The register has the value that it has in this frame. Also what a register is given that no instruction speaks
    /// of: right for those that a function must preserve, and not to be relied on for others.
    /// </summary>
    SameValue,

    /// <summary>The value is lost; for the return address: this frame has no caller.</summary>
    Undefined,

    /// <summary>The value is in memory at CFA + <see cref="UnwindRule.Offset"/>.</summary>
    Offset,

    /// <summary>The value is CFA + <see cref="UnwindRule.Offset"/>.</summary>
    ValueOffset,

    /// <summary>
    /// The value is that of <see cref="UnwindRule.Register"/> in this frame, plus <see cref="UnwindRule.Offset"/>: the
    /// usual rule of a CFA.
    /// </summary>
    Register,

    /// <summary>The value is in memory where the expression says; of a CFA: what the expression yields.</summary>
    Expression,

    /// <summary>The value is what the expression yields.</summary>
    ValueExpression,
}

/// <summary>How one value of the caller is recovered.</summary>
/// <param name="Kind">Which of the rules.</param>
/// <param name="Register">DWARF number of a register, or the length of the expression.</param>
/// <param name="Offset">An offset in bytes, or the index of the expression in the table's data.</param>
internal readonly record struct UnwindRule(UnwindRuleKind Kind, int Register = 0, long Offset = 0);
