namespace Pprof.Unwinding.Dwarf;

/// <summary>
/// Call frame instructions: DWARF 5, section 7.24, table 7.29; the extensions of GNU (LSB Core, "Exception Frames") and
/// of Arm (AADWARF64, section 4.2).
/// </summary>
internal enum CallFrameInstruction : byte
{
    Nop = 0x00,
    SetLocation = 0x01,
    AdvanceLocation1 = 0x02,
    AdvanceLocation2 = 0x03,
    AdvanceLocation4 = 0x04,
    OffsetExtended = 0x05,
    RestoreExtended = 0x06,
    Undefined = 0x07,
    SameValue = 0x08,
    Register = 0x09,
    RememberState = 0x0a,
    RestoreState = 0x0b,
    DefineCfa = 0x0c,
    DefineCfaRegister = 0x0d,
    DefineCfaOffset = 0x0e,
    DefineCfaExpression = 0x0f,
    Expression = 0x10,
    OffsetExtendedSigned = 0x11,
    DefineCfaSigned = 0x12,
    DefineCfaOffsetSigned = 0x13,
    ValueOffset = 0x14,
    ValueOffsetSigned = 0x15,
    ValueExpression = 0x16,

    /// <summary>DW_CFA_AARCH64_negate_ra_state_with_pc.</summary>
    Aarch64NegateReturnAddressStateWithPc = 0x2c,

    /// <summary>DW_CFA_AARCH64_negate_ra_state; on SPARC the same number is DW_CFA_GNU_window_save.</summary>
    Aarch64NegateReturnAddressState = 0x2d,

    /// <summary>DW_CFA_GNU_args_size: of no interest to an unwinder that does not run handlers.</summary>
    GnuArgumentsSize = 0x2e,

    /// <summary>DW_CFA_GNU_negative_offset_extended.</summary>
    GnuNegativeOffsetExtended = 0x2f,

    /// <summary>The instruction is in the high two bits, its operand in the others.</summary>
    AdvanceLocation = 0x40,

    /// <summary>As <see cref="AdvanceLocation"/>, for a register.</summary>
    Offset = 0x80,

    /// <summary>As <see cref="AdvanceLocation"/>, for a register.</summary>
    Restore = 0xc0,
}
