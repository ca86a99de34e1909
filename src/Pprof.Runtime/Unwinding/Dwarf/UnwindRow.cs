using System.Runtime.CompilerServices;

namespace Pprof.Unwinding.Dwarf;

/// <summary>
/// How to get from a frame, at one program counter, to its caller: one row of the table that call frame information
/// describes.
/// </summary>
internal struct UnwindRow
{
    private RuleArray _rules;

    /// <summary>First address that the row is valid for.</summary>
    public nuint Start { get; set; }

    /// <summary>Address after the last that the row is valid for.</summary>
    public nuint Limit { get; set; }

    /// <summary>
    /// How the canonical frame address is computed: <see cref="UnwindRuleKind.Register"/> or
    /// <see cref="UnwindRuleKind.Expression"/>.
    /// </summary>
    public UnwindRule Cfa { get; set; }

    /// <summary>DWARF number of the register that stands for the return address.</summary>
    public int ReturnAddressRegister { get; set; }

    /// <summary>
    /// Whether the frame was made by a signal: the caller's program counter is not a return address, but where the
    /// signal came in.
    /// </summary>
    public bool IsSignalFrame { get; set; }

    /// <summary>Arm64: whether the return address carries an authentication code in its high bits.</summary>
    public bool IsReturnAddressSigned { get; set; }

    /// <summary>The rule of a register; <see cref="UnwindRuleKind.SameValue"/> for those without one.</summary>
    public readonly UnwindRule this[int register] =>
        (uint)register < DwarfRegister.Count ? _rules[register] : default;

    /// <summary>The rule of the return address.</summary>
    public readonly UnwindRule ReturnAddress => this[ReturnAddressRegister];

    /// <summary>Sets the rule of a register; registers beyond those of interest are ignored.</summary>
    public void Set(ulong register, UnwindRule rule)
    {
        if (register < DwarfRegister.Count)
        {
            _rules[(int)register] = rule;
        }
    }

    [InlineArray(DwarfRegister.Count)]
    private struct RuleArray
    {
        private UnwindRule _first;
    }
}
