using System.Reflection;
using System.Runtime.InteropServices;
using Pprof.Process;
using Pprof.Profiles;
using Pprof.Symbols.CoreClr;
using Pprof.Symbols.Elf;
using Pprof.Symbols.Managed;
using Pprof.Unwinding.Dwarf;

namespace Pprof.Unwinding;

/// <summary>
/// What the process's code says about its frames. Remembers every program counter that it was asked for; lives as long
/// as one profile. Not safe for concurrent use.
/// </summary>
internal sealed class CodeMap
{
    private static readonly bool s_arm64 = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    // In a process that compiles, new code appears all the time. Its map is long where there are many assemblies, so it is
    // not read more often than this, and takes a fiftieth of the time at the most.
    private static readonly TimeSpan s_minMapAge = TimeSpan.FromMilliseconds(20);
    private const int MapAgePerReading = 50;

    // What is no code, and is found on stacks again and again, must not have the map read each time.
    private static readonly TimeSpan s_missAge = TimeSpan.FromSeconds(10);
    private const int MaxMisses = 4 * 1024;

    private readonly ManagedCode _managed = ManagedCode.Create();
    private readonly ModuleTable _modules = new(ProcessMap.Read());
    private readonly Dictionary<ElfModule, EhFrameTable?> _tables = [];
    private readonly Dictionary<nuint, FrameRule> _leafRules = [];
    private readonly Dictionary<nuint, FrameRule> _callerRules = [];
    private readonly Dictionary<nuint, (bool Follows, CodeMoment Seen)> _returnAddresses = [];
    private readonly Dictionary<nuint, (int Offset, CodeMoment Seen)> _framePointerOffsets = [];
    private readonly Dictionary<nuint, long> _misses = [];
    private long _mapRead = TimeProvider.System.GetTimestamp();
    private TimeSpan _mapAge = s_minMapAge;

    /// <summary>The addresses of which something is remembered.</summary>
    public int Remembered => _leafRules.Count + _callerRules.Count + _returnAddresses.Count + _framePointerOffsets.Count;

    /// <summary>Whether it has met code that may not stay.</summary>
    public bool HasMetPassingCode { get; private set; }

    /// <summary>The rule of the frame that was executing at <paramref name="pc"/>.</summary>
    public FrameRule LeafRule(nuint pc) => Rule(_leafRules, pc, pc, leaf: true);

    /// <summary>The rule of a frame whose callee returns to <paramref name="pc"/>.</summary>
    public FrameRule CallerRule(nuint pc) => Rule(_callerRules, pc, ReturnAddress.ToFrame(pc), leaf: false);

    /// <summary>Whether <paramref name="address"/> lies in code.</summary>
    public bool IsCode(nuint address) =>
        _modules.Map.Find(address) is { IsExecutable: true }
        // Newer than the map, as a method is that has just been compiled.
        || (ManagedRuntime.IsCoreClr && NativeMethodLookup.Find(address) is not null)
        || IsNewCode(address);

    /// <summary>Whether <paramref name="address"/> lies in code, right after a call.</summary>
    public bool IsReturnAddress(nuint address)
    {
        if (_returnAddresses.TryGetValue(address, out (bool Follows, CodeMoment Seen) known) && !known.Seen.MayBeGone)
        {
            return known.Follows;
        }

        if (!CodeAddress.IsPossible(address) || !IsCode(ReturnAddress.ToFrame(address)))
        {
            // Not remembered: code may come to be there.
            return false;
        }

        // The moment first: what is read may be gone already.
        CodeMoment seen = MomentOf(ReturnAddress.ToFrame(address));
        known = (FollowsCall(address), seen);
        _returnAddresses[address] = known;
        return known.Follows;
    }

    /// <summary>
    /// Bytes from the stack pointer up to the frame pointer in a function whose callee returns to <paramref name="pc"/>, by
    /// the function's first instructions; -1 where they do not tell.
    /// </summary>
    public int FramePointerOffset(nuint pc)
    {
        if (s_arm64)
        {
            return -1;
        }

        if (!_framePointerOffsets.TryGetValue(pc, out (int Offset, CodeMoment Seen) known) || known.Seen.MayBeGone)
        {
            nuint address = ReturnAddress.ToFrame(pc);
            CodeMoment seen = MomentOf(address);
            known = (FindFramePointerOffset(pc, address), seen);
            _framePointerOffsets[pc] = known;
        }

        return known.Offset;
    }

    /// <summary>Whether <paramref name="address"/> is where a signal handler returns to.</summary>
    public bool IsSignalReturn(nuint address) =>
        IsCode(ReturnAddress.ToFrame(address)) && CallerRule(address) is { Kind: FrameRuleKind.CallFrameInformation, Row.IsSignalFrame: true };

    private static bool FollowsCall(nuint address)
    {
        Span<byte> code = stackalloc byte[8];
        if (s_arm64)
        {
            // bl, or blr and its authenticated forms (Arm ARM, C4.1).
            return (address & 3) == 0 && ProcessMemory.TryRead(address - 4, code[..4])
                && MemoryMarshal.Read<uint>(code) is uint call
                && ((call & 0xfc000000) == 0x94000000 || (call & 0xfefff000) == 0xd63f0000);
        }

        if (!ProcessMemory.TryRead(address - 8, code))
        {
            return false;
        }

        // call rel32, or call through a register or memory: FF /2 with its ModRM, SIB and displacement (Intel SDM, volume 2).
        return code[3] == 0xe8
            || IsIndirectCall(code[6..], 2) || IsIndirectCall(code[5..], 3) || IsIndirectCall(code[4..], 4)
            || IsIndirectCall(code[2..], 6) || IsIndirectCall(code[1..], 7);
    }

    private static bool IsIndirectCall(ReadOnlySpan<byte> code, int length)
    {
        if (code[0] != 0xff || (code[1] & 0x38) != 0x10)
        {
            return false;
        }

        int mode = code[1] >> 6;
        int memory = code[1] & 7;
        int operands = mode switch
        {
            0 => memory == 5 ? 4 : memory == 4 ? 1 : 0,
            1 => memory == 4 ? 2 : 1,
            2 => memory == 4 ? 5 : 4,
            _ => 0,
        };
        return length == 2 + operands;
    }

    private FrameRule Rule(Dictionary<nuint, FrameRule> rules, nuint pc, nuint address, bool leaf)
    {
        // First of all: to look an address up in the map takes ten times as long, and there are some for each frame.
        if (rules.TryGetValue(pc, out FrameRule? rule) && rule.Passing?.MayBeGone != true)
        {
            return rule;
        }

        if (!IsCode(address))
        {
            // A jump into nowhere: the word at the stack pointer is the only trace of the caller.
            return Fallback(leaf);
        }

        rule = FindRule(pc, address, leaf);
        rules[pc] = rule;
        return rule;
    }

    // What was read of code that does not stay is read again. Of what can be unloaded nothing keeps the method here.
    private CodeMoment MomentOf(nuint address)
    {
        CodeMoment now = CodeMoment.Now;
        return !ManagedRuntime.IsCoreClr
            || _modules.ModuleOf(address) is not null
            || NativeMethodLookup.Find(address) is { DeclaringType: not null, IsCollectible: false }
            ? CodeMoment.Lasting
            : now;
    }

    private int FindFramePointerOffset(nuint pc, nuint address)
    {
        nuint start = 0;
        if (!_managed.TryGetMethodStart(address, out start))
        {
            // Neither stubs of the just-in-time compiler nor the runtime in a NativeAOT program are in a table.
            start = _modules.ModuleOf(address) is { } module && TableOf(module) is { } table && table.TryFindRow(address, out _)
                ? table.FunctionStartOf(address)
                : PrologueX64.FindStart(address);
        }

        if (start == 0 || start >= pc)
        {
            return -1;
        }

        Span<byte> code = ReadCode(start, stackalloc byte[PrologueX64.MaxBytes]);
        return PrologueX64.FramePointerOffset(code[..(int)Math.Min((nuint)code.Length, pc - start)]);
    }

    private FrameRule FindRule(nuint pc, nuint address, bool leaf)
    {
        if (_modules.ModuleOf(address) is { } module)
        {
            return NativeRule(module, address, leaf) with
            {
                // Ahead-of-time compiled methods lie in the program's own module, among the runtime's functions.
                IsManaged = !ManagedRuntime.IsCoreClr && _managed.TryGetMethodStart(address, out _),
                IsThreadStart = StartsThreads(module),
            };
        }

        FrameRule rule = _managed.TryGetMethodStart(address, out nuint start) ? JitRule(start, pc, leaf) : Fallback(leaf);
        MethodBase? method = ManagedRuntime.IsCoreClr ? NativeMethodLookup.Find(address) : null;
        PassingMethod? passing = ManagedRuntime.IsCoreClr ? PassingMethod.Of(address, method, isKept: true) : null;
        HasMetPassingCode |= passing is not null;
        return rule with
        {
            IsManaged = true,

            // One that was made at run time must not live on because it was sampled.
            Method = method?.DeclaringType is null ? null : method,
            MethodStart = start,
            Passing = passing,
        };
    }

    private FrameRule NativeRule(ElfModule module, nuint address, bool leaf)
    {
        if (TableOf(module) is not { } table || !table.TryFindRow(address, out UnwindRow row))
        {
            return leaf && !s_arm64 ? UndescribedX64(address) : FrameRule.ByFramePointer;
        }

        if (!ManagedRuntime.IsCoreClr && module.IsProgram)
        {
            nuint start = table.FunctionStartOf(address);
            if (s_arm64)
            {
                HardwareFaultArm64.Correct(ReadCode(start, stackalloc byte[HardwareFaultArm64.PrologueBytes]), address - start, ref row);
            }
            else if (HardwareFaultX64.TryGetRow(ReadCode(start, stackalloc byte[HardwareFaultX64.PrologueBytes]), address - start, out UnwindRow fault))
            {
                row = fault;
            }
        }

        return new FrameRule { Kind = FrameRuleKind.CallFrameInformation, Frame = new CallFrameRow(in row), Table = table };
    }

    private static FrameRule Fallback(bool leaf) => leaf && !s_arm64 ? FrameRule.UnknownLeaf : FrameRule.ByFramePointer;

    private static FrameRule UndescribedX64(nuint pc)
    {
        Span<byte> before = stackalloc byte[1];
        return ProcessMemory.TryRead(pc - 1, before)
            ? NativeFrameX64.RuleAt(before[0], ReadCode(pc, stackalloc byte[JitFrameX64.EpilogueBytes]))
            : FrameRule.UnknownLeaf;
    }

    private static bool StartsThreads(ElfModule module)
    {
        string name = Path.GetFileName(module.Path);
        return module.IsProgram
            || name.StartsWith("libc.", StringComparison.Ordinal)
            || name.StartsWith("libpthread", StringComparison.Ordinal)
            || name.StartsWith("ld-", StringComparison.Ordinal)
            || name is "libcoreclr.so" or "libhostfxr.so" or "libhostpolicy.so";
    }

    private static FrameRule JitRule(nuint start, nuint pc, bool leaf)
    {
        Span<byte> prologue = stackalloc byte[JitFrameX64.PrologueBytes];
        Span<byte> following = stackalloc byte[JitFrameX64.EpilogueBytes];
        prologue = ReadCode(start, prologue);
        following = leaf ? ReadCode(pc, following) : default;
        if (prologue.IsEmpty)
        {
            return FrameRule.ByFramePointer;
        }

        if (!s_arm64)
        {
            return JitFrameX64.RuleAt(prologue, (long)(pc - start), following);
        }

        return leaf ? JitFrameArm64.RuleAt(prologue, (long)(pc - start), following) : FrameRule.ByFramePointer;
    }

    /// <summary>As much of the code as there is: the last method of a region may end right before its limit.</summary>
    private static Span<byte> ReadCode(nuint address, Span<byte> buffer)
    {
        if (ProcessMemory.TryRead(address, buffer))
        {
            return buffer;
        }

        Span<byte> untilPageEnd = buffer[..(int)Math.Min((nuint)buffer.Length, 4096 - (address & 4095))];
        return ProcessMemory.TryRead(address, untilPageEnd) ? untilPageEnd : default;
    }

    private EhFrameTable? TableOf(ElfModule module)
    {
        ref EhFrameTable? table = ref CollectionsMarshal.GetValueRefOrAddDefault(_tables, module, out bool exists);
        if (!exists)
        {
            table = EhFrameTable.Load(module);
        }

        return table;
    }

    private bool IsNewCode(nuint address)
    {
        if (TimeProvider.System.GetElapsedTime(_mapRead) < _mapAge
            || (_misses.TryGetValue(address, out long missed) && TimeProvider.System.GetElapsedTime(missed) < s_missAge))
        {
            return false;
        }

        Refresh();
        if (_modules.Map.Find(address) is { IsExecutable: true })
        {
            return true;
        }

        if (_misses.Count >= MaxMisses)
        {
            _misses.Clear();
        }

        _misses[address] = _mapRead;
        return false;
    }

    private void Refresh()
    {
        long start = TimeProvider.System.GetTimestamp();
        if (_modules.Refresh(ProcessMap.Read()))
        {
            // A library was unloaded, and another may be where it was.
            _leafRules.Clear();
            _callerRules.Clear();
            _returnAddresses.Clear();
            _framePointerOffsets.Clear();
        }

        _mapRead = TimeProvider.System.GetTimestamp();
        TimeSpan age = TimeProvider.System.GetElapsedTime(start, _mapRead) * MapAgePerReading;
        _mapAge = age > s_minMapAge ? age : s_minMapAge;
    }
}
