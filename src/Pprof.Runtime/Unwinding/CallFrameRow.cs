using Pprof.Unwinding.Dwarf;

namespace Pprof.Unwinding;

/// <summary>A row of call frame information, and the few registers of which it says anything. All others keep their values.</summary>
internal sealed class CallFrameRow
{
    /// <summary>One that says nothing.</summary>
    public static readonly CallFrameRow Empty = new(default);

    private readonly UnwindRow _rules;
    private readonly byte[] _changed;

    public CallFrameRow(in UnwindRow rules)
    {
        _rules = rules;
        Span<byte> changed = stackalloc byte[DwarfRegister.Count];
        int count = 0;
        for (int register = 0; register < DwarfRegister.Count; register++)
        {
            if (rules[register].Kind != UnwindRuleKind.SameValue)
            {
                changed[count++] = (byte)register;
            }
        }

        _changed = changed[..count].ToArray();
    }

    /// <summary>The row: not copied, as it is larger than all else that a step looks at.</summary>
    public ref readonly UnwindRow Rules => ref _rules;

    /// <summary>The DWARF numbers of the registers that have a rule.</summary>
    public ReadOnlySpan<byte> Changed => _changed;
}
