using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Pprof.Process;
using Pprof.Profiles;
using Pprof.Symbols.Managed;

namespace Pprof.Sources.Threads;

/// <summary>The stack of the calling thread, exact and without a profiler: what <see cref="StackTrace"/> sees.</summary>
internal static class CallerStack
{
    /// <summary>
    /// Writes the innermost frames of the current stack to <paramref name="frames"/>, leaf first, and returns how many. The
    /// last place is for a frame that says that there are more.
    /// </summary>
    /// <param name="skip">Frames to leave out: 0 begins in the method that calls Capture.</param>
    /// <param name="frames">
    /// On NativeAOT instruction pointers; with a JIT addresses of <see cref="ManagedFrames"/>, because there the runtime
    /// tells the method and the offset, not the address.
    /// </param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int Capture(int skip, Span<nuint> frames)
    {
        var trace = new StackTrace(skip + 1, fNeedFileInfo: false);

        if (!ManagedRuntime.IsCoreClr)
        {
            return CopyInstructionPointers(trace, frames);
        }

        int count = Math.Min(trace.FrameCount, frames.Length - 1);
        if (!ManagedFrames.Instance.TryFind(trace, frames[..count]))
        {
            // Some frame is new: look again, this time for file and line, which reads symbol files.
            ManagedFrames.Instance.Add(new StackTrace(skip + 1, fNeedFileInfo: true), frames[..count]);
        }

        return MarkCut(frames, count, isCut: trace.FrameCount > count);
    }

    private static int CopyInstructionPointers(StackTrace trace, Span<nuint> frames)
    {
        int count = 0;
        int i = 0;
        for (; i < trace.FrameCount && count < frames.Length - 1; i++)
        {
            nint address = trace.GetFrame(i) is { } frame ? GetInstructionPointer(frame) : 0;
            if (address != 0)
            {
                frames[count++] = ReturnAddress.ToFrame((nuint)address);
            }
        }

        return MarkCut(frames, count, isCut: i < trace.FrameCount);
    }

    private static int MarkCut(Span<nuint> frames, int count, bool isCut)
    {
        if (isCut)
        {
            frames[count++] = (nuint)PseudoFrame.TruncatedStack;
        }

        return count;
    }

    private static nint GetInstructionPointer(StackFrame frame)
    {
        try
        {
            return GetNativeIPAddress(frame);
        }
        catch (MissingMethodException)
        {
            // A later runtime may not have it: the value is counted all the same, with an unknown stack.
            return 0;
        }
    }

    // Exists on NativeAOT only.
    [UnsafeAccessor(UnsafeAccessorKind.Method)]
    [SuppressMessage("Style", "IDE1006", Justification = "The name of the runtime's method.")]
    private static extern nint GetNativeIPAddress(StackFrame frame);
}
