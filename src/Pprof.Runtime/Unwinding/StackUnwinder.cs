using Pprof.Profiles;
using Pprof.Unwinding.Dwarf;

namespace Pprof.Unwinding;

/// <summary>
/// Finds the callers of a thread's frame in its registers and a copy of its stack. A plain walk along the frame pointers
/// would lose the caller of every method without a frame: glibc has none at all, and on x64 neither have small optimized
/// methods. So each frame is left by the best rule that its code offers, and no frame is ever guessed. Allocates nothing
/// for code that it has seen before. Not safe for concurrent use.
/// </summary>
internal sealed class StackUnwinder
{
    /// <summary>Frames of a stack that are kept, from the leaf on.</summary>
    public const int MaxFrames = 512;

    private readonly CodeMap _code = new();
    private readonly KnownStackEnds _ends = new();

    /// <summary>The place of the first managed frame in the stack that was found last; its length where there is none.</summary>
    public int FirstManaged { get; private set; }

    /// <summary>The addresses of which something is remembered.</summary>
    public int Remembered => _code.Remembered;

    /// <summary>Whether it has met code that may not stay, so that stacks are better read soon.</summary>
    public bool HasMetPassingCode => _code.HasMetPassingCode;

    /// <summary>
    /// Writes the stack to <paramref name="frames"/>, leaf first: for each frame an address inside the instruction that it
    /// is executing, which of a caller is its call.
    /// </summary>
    /// <param name="leafRegisters">The registers of the leaf. The stack pointer must be known.</param>
    /// <param name="pc">The instruction that the leaf was about to execute.</param>
    /// <param name="memory">The stack from the stack pointer on.</param>
    /// <param name="frames">
    /// Takes the frames: the first that fit, at least one. The last place is for a frame that says that there are more, which
    /// also follows the last that was found in what was copied of the stack.
    /// </param>
    /// <returns>The number of frames.</returns>
    public int Unwind(in RegisterState leafRegisters, nuint pc, in StackMemory memory, Span<nuint> frames)
    {
        RegisterState registers = leafRegisters;
        bool leaf = true;
        int count = 0;
        if (!CodeAddress.IsPossible(pc))
        {
            // A call of a null function pointer.
            frames[count++] = (nuint)PseudoFrame.UnknownStack;
        }

        // Frames up to the outermost that does more than to start a thread or a program.
        int kept = 0;
        bool managed = false;
        FirstManaged = int.MaxValue;
        _ends.Forget();
        while (true)
        {
            FrameRule rule = leaf ? _code.LeafRule(pc) : _code.CallerRule(pc);
            if (managed && !rule.IsManaged && rule.IsThreadStart)
            {
                if (_ends.IsKnown(registers.Sp, pc, in memory))
                {
                    break;
                }
            }
            else
            {
                _ends.Forget();
            }

            if (CodeAddress.IsPossible(pc))
            {
                // The one place that makes an address inside the call from the address that it returns to.
                frames[count++] = rule.Passing is { Address: not 0 } passing ? passing.Address : leaf ? pc : ReturnAddress.ToFrame(pc);
                if (rule.IsManaged && !managed)
                {
                    managed = true;
                    FirstManaged = count - 1;
                }

                kept = rule.IsManaged || !rule.IsThreadStart ? count : kept;
            }

            if (!registers.HasFp && NeedsFramePointer(rule))
            {
                FindFramePointer(pc, in memory, ref registers);
            }

            bool isHidden = false;
            if (!TryStepByRule(rule, in memory, ref registers, out nuint caller)
                && (IsEnd(rule) || !TryStepPast(rule, in memory, ref registers, out caller, out isHidden)))
            {
                // Not of code that starts threads: there it may be the end.
                if ((rule.IsManaged || !rule.IsThreadStart) && !IsEnd(rule) && memory.Lacks(registers.Fp))
                {
                    frames[count++] = (nuint)PseudoFrame.TruncatedStack;
                    return count;
                }

                _ends.Remember();
                break;
            }

            _ends.Add(registers.Sp - 8, caller);

            if (rule.Method is not null)
            {
                SkipReplacedFrame(rule, in memory, ref registers, ref caller);
            }

            // What follows a call is known to be code.
            leaf = IsInterrupted(rule, caller);
            if (leaf && !_code.IsCode(caller))
            {
                break;
            }

            if (isHidden && count < frames.Length - 1)
            {
                frames[count++] = (nuint)PseudoFrame.TruncatedStack;
            }

            if (count == frames.Length - 1)
            {
                frames[count++] = (nuint)PseudoFrame.TruncatedStack;
                FirstManaged = Math.Min(FirstManaged, count);
                return count;
            }

            pc = caller;
        }

        count = managed ? kept : count;
        FirstManaged = Math.Min(FirstManaged, count);
        return count;
    }

    /// <summary>
    /// Whether the frame that <paramref name="callee"/> leads to called nothing: a signal interrupted it anywhere, or it
    /// raised a fault, whose handler pushes the address of the instruction as if it were that of a return.
    /// </summary>
    private bool IsInterrupted(FrameRule callee, nuint address) =>
        (callee.Kind == FrameRuleKind.CallFrameInformation && callee.Row.IsSignalFrame)
        || !IsCallerAddress(address);

    private bool IsCallerAddress(nuint address) => _code.IsReturnAddress(address) || _code.IsSignalReturn(address);

    /// <summary>
    /// Leaves out the frame of a method's first version that was replaced while it ran in a loop (on-stack replacement).
    /// That frame stays on the stack, between those of the second version and of the caller. The second version's return
    /// address lies in the first, and nothing ever returns there. A recursion looks the same but for the saved frame
    /// pointer, which points at the next frame of the method only in a recursion.
    /// </summary>
    private void SkipReplacedFrame(FrameRule rule, in StackMemory memory, ref RegisterState registers, ref nuint caller)
    {
        FrameRule replaced = _code.CallerRule(caller);
        if (replaced.MethodStart == rule.MethodStart
            || replaced.Kind != FrameRuleKind.FramePointer
            || replaced.ReturnAddressOffset == 0
            || !rule.Method!.Equals(replaced.Method))
        {
            return;
        }

        nuint returnAddress = registers.Sp + (nuint)replaced.ReturnAddressOffset;
        if (registers.Fp != returnAddress - 8
            && memory.TryRead(returnAddress, out nuint next)
            && _code.IsReturnAddress(next))
        {
            caller = next;
            registers.Sp = returnAddress + 8;
        }
    }

    private static bool NeedsFramePointer(FrameRule rule) =>
        rule.Kind == FrameRuleKind.FramePointer
        || (rule.Kind == FrameRuleKind.CallFrameInformation && rule.Row.Cfa.Kind == UnwindRuleKind.Register && rule.Row.Cfa.Register == DwarfRegister.FramePointer);

    /// <summary>
    /// Finds the frame pointer of a caller of whose registers only the stack pointer is known: the kernel tells no more of
    /// a thread at rest. The function's first instructions say how far apart the two are, and a return address above it
    /// that they are right.
    /// </summary>
    private void FindFramePointer(nuint pc, in StackMemory memory, ref RegisterState registers)
    {
        if (_code.FramePointerOffset(pc) is int offset and >= 0)
        {
            nuint fp = registers.Sp + (nuint)offset;
            if (memory.TryRead(fp + 8, out nuint caller) && IsCallerAddress(caller))
            {
                registers.Fp = fp;
            }
        }
    }

    private static bool IsEnd(FrameRule rule) =>
        rule.Kind == FrameRuleKind.CallFrameInformation && CallFrameStep.IsEnd(in rule);

    private bool TryStepByRule(FrameRule rule, in StackMemory memory, ref RegisterState registers, out nuint caller)
    {
        switch (rule.Kind)
        {
            case FrameRuleKind.CallFrameInformation when !IsEnd(rule) && CallFrameStep.TryStep(rule, in memory, ref registers, out caller):
                return true;
            case FrameRuleKind.StackPointer when TryStepByStackPointer(rule, in memory, ref registers, out caller):
                return true;
            case FrameRuleKind.Unknown when memory.TryRead(registers.Sp, out caller) && IsCallerAddress(caller):
                registers.Sp += 8;
                return true;
            case FrameRuleKind.LinkRegister when registers.TryGet(DwarfRegister.Arm64LinkRegister, out caller):
                registers.Forget(DwarfRegister.Arm64LinkRegister);
                return true;
            default:
                caller = 0;
                return false;
        }
    }

    /// <summary>
    /// Leaves a frame by the frame pointer. Where its own return address lies above what was copied, that leads past
    /// callers of which nothing is known: they are <paramref name="isHidden"/>.
    /// </summary>
    private static bool TryStepPast(FrameRule rule, in StackMemory memory, ref RegisterState registers, out nuint caller, out bool isHidden)
    {
        isHidden = rule.Kind switch
        {
            FrameRuleKind.StackPointer => memory.GoesOnAt(registers.Sp + (nuint)rule.ReturnAddressOffset),
            FrameRuleKind.CallFrameInformation => CallFrameStep.TryComputeCfa(rule, in memory, in registers, out nuint cfa) && memory.GoesOnAt(cfa - 8),
            _ => false,
        };
        return TryStepByFramePointer(in memory, ref registers, out caller);
    }

    private bool TryStepByStackPointer(FrameRule rule, in StackMemory memory, ref RegisterState registers, out nuint caller)
    {
        nuint sp = registers.Sp;
        if (!memory.TryRead(sp + (nuint)rule.ReturnAddressOffset, out caller) || !IsCallerAddress(caller))
        {
            return false;
        }

        nuint fp = 0;
        if (rule.SavedFramePointerOffset >= 0 && !memory.TryRead(sp + (nuint)rule.SavedFramePointerOffset, out fp))
        {
            return false;
        }

        registers.ForgetOthers();
        if (rule.SavedFramePointerOffset >= 0)
        {
            registers.Fp = fp;
        }

        registers.Sp = sp + (nuint)rule.ReturnAddressOffset + 8;
        return true;
    }

    private static bool TryStepByFramePointer(in StackMemory memory, ref RegisterState registers, out nuint caller)
    {
        nuint fp = registers.Fp;
        caller = 0;
        if (fp < registers.Sp || !memory.TryRead(fp, out nuint next) || !memory.TryRead(fp + 8, out caller))
        {
            return false;
        }

        registers.ForgetOthers();
        registers.Sp = fp + 16;
        registers.Fp = next;
        return caller != 0;
    }
}
