using Pprof.Process;

namespace Pprof.Sources.CpuTime.Signals;

/// <summary>Sends one thread the signal that a timer would, at once (rt_tgsigqueueinfo(2)).</summary>
internal static unsafe class ThreadSignal
{
    // siginfo_t: number, errno, code; then, of a timer's signal, id, overrun and value (sigaction(2)).
    private const int InfoBytes = 128;
    private const int CodeOffset = 8;
    private const int ValueOffset = 24;
    private const int FromTimer = -2;

    /// <summary>False where the kernel refuses, or the thread has ended.</summary>
    /// <param name="systemId">The thread.</param>
    /// <param name="value">What the signal carries: <see cref="SampleBuffer.SignalValue"/>.</param>
    public static bool Send(int systemId, ulong value)
    {
        byte* info = stackalloc byte[InfoBytes];
        new Span<byte>(info, InfoBytes).Clear();
        *(int*)info = SignalHandler.Signal;
        *(int*)(info + CodeOffset) = FromTimer;
        *(ulong*)(info + ValueOffset) = value;
        return Libc.Call(SystemCall.SendSignalToThread, Environment.ProcessId, systemId, SignalHandler.Signal, (nint)info, 0) == 0;
    }
}
