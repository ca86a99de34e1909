using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pprof.Symbols.CoreClr;

/// <summary>
/// Describes an address as a frame of a stack trace: CoreCLR finds native offset, IL offset, file and line for the frames
/// of an exception, so it is given an exception whose recorded stack is that one address.
/// </summary>
/// <remarks>
/// The form in which an exception records its stack (<c>StackTraceArray</c> in the runtime's <c>object.h</c>) is the
/// runtime's own. It is compared with that of a real exception before it is used for the first time.
/// </remarks>
internal static class SyntheticStackTrace
{
    /// <summary>The recorded address is that of the instruction, not one after it (STEF_IP_ADJUSTED).</summary>
    private const int AddressIsAdjusted = 2;

    private static readonly Lazy<bool> s_isSupported = new(Probe, LazyThreadSafetyMode.PublicationOnly);

    /// <summary>Whether this runtime records stacks in the known form.</summary>
    public static bool IsSupported => s_isSupported.Value;

    /// <summary>
    /// The frame of <paramref name="address"/>, which lies in the code of <paramref name="method"/>; null where the
    /// runtime does not support it, and for methods that were made at run time.
    /// </summary>
    public static StackFrame? FrameOf(nuint address, MethodBase method, bool needFileInfo)
    {
        if (!IsSupported || method.DeclaringType is null)
        {
            return null;
        }

        try
        {
            return Create(address, method.MethodHandle.Value, needFileInfo);
        }
        catch (Exception) when (needFileInfo)
        {
            // A damaged or unreadable PDB file.
            return FrameOf(address, method, needFileInfo: false);
        }
        catch (Exception)
        {
            // A method that was unloaded meanwhile.
            return null;
        }
    }

    private static StackFrame? Create(nuint address, nint methodDescriptor, bool needFileInfo)
    {
        var recorded = new sbyte[Unsafe.SizeOf<RecordedStack>()];
        MemoryMarshal.AsRef<RecordedStack>(MemoryMarshal.AsBytes(recorded.AsSpan())) = new RecordedStack
        {
            Count = 1,
            First = new RecordedFrame { Address = address, MethodDescriptor = methodDescriptor, Flags = AddressIsAdjusted },
        };

        var exception = new Exception();
        StackOf(exception) = recorded;
        var trace = new StackTrace(exception, needFileInfo);
        GC.KeepAlive(recorded);
        return trace.FrameCount == 1 ? trace.GetFrame(0) : null;
    }

    private static bool Probe()
    {
        if (nint.Size != sizeof(long))
        {
            return false;
        }

        try
        {
            ThrowProbe();
            return false;
        }
        catch (InvalidOperationException exception)
        {
            return MatchesRealStack(exception);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    [DoesNotReturn]
    private static void ThrowProbe() => throw new InvalidOperationException();

    private static bool MatchesRealStack(Exception exception)
    {
        try
        {
            if (StackOf(exception) is not sbyte[] bytes || bytes.Length < Unsafe.SizeOf<RecordedStack>())
            {
                return false;
            }

            // ThrowProbe and Probe.
            RecordedStack stack = MemoryMarshal.Read<RecordedStack>(MemoryMarshal.AsBytes(bytes.AsSpan()));
            if (stack.Count != 2
                || stack.KeepAliveCount != 0
                || (stack.First.Flags & AddressIsAdjusted) == 0
                || NativeMethodLookup.Find(stack.First.Address) is not { } method
                || method.Name != nameof(ThrowProbe)
                || method.MethodHandle.Value != stack.First.MethodDescriptor)
            {
                return false;
            }

            StackFrame? expected = new StackTrace(exception, false).GetFrame(0);
            StackFrame? actual = Create(stack.First.Address, stack.First.MethodDescriptor, needFileInfo: false);
            return expected is not null
                && actual is not null
                && expected.GetNativeOffset() != StackFrame.OFFSET_UNKNOWN
                && actual.GetNativeOffset() == expected.GetNativeOffset()
                && actual.GetILOffset() == expected.GetILOffset();
        }
        catch (MissingFieldException)
        {
            return false;
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_stackTrace")]
    private static extern ref object? StackOf(Exception exception);

    /// <summary>The header of the array, and its first frame.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct RecordedStack
    {
        public uint Count;
        public uint KeepAliveCount;
        public nint Thread;
        public RecordedFrame First;
    }

    /// <summary><c>StackTraceElement</c> in the runtime's <c>clrex.h</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct RecordedFrame
    {
        public nuint Address;
        public nuint StackPointer;
        public nint MethodDescriptor;
        public int Flags;
    }
}
