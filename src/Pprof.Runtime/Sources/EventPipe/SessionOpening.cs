using Microsoft.Diagnostics.NETCore.Client;
using Pprof.Process;

namespace Pprof.Sources.EventPipe;

/// <summary>
/// Opens sessions with a time limit. The runtime serves its diagnostic port with one thread, which reads from one client
/// until that has said what it wants: a client that says nothing keeps all others waiting, this process among them.
/// </summary>
internal static class SessionOpening
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    // The port has left somebody without an answer: it is asked whether that has changed, not waited for again.
    private static readonly TimeSpan s_impatience = TimeSpan.FromMilliseconds(500);

    // Each holds a thread and a place in the port's queue until the port answers.
    private const int MaxUnanswered = 8;

    private static int s_unanswered;

    /// <summary>Opens a session, or says after seconds that the port does not answer.</summary>
    /// <param name="providers">What it is to tell.</param>
    /// <param name="bufferMegabytes">The most that the runtime keeps while the reader is behind.</param>
    /// <param name="rundown">Whether it tells at the end what others need for the names of methods.</param>
    /// <exception cref="IOException">It does not.</exception>
    public static EventPipeSession Open(EventPipeProvider[] providers, int bufferMegabytes, bool rundown = false)
    {
        int unanswered = Volatile.Read(ref s_unanswered);
        if (unanswered >= MaxUnanswered)
        {
            throw NoAnswer();
        }

        var attempt = new Attempt(providers, bufferMegabytes, rundown);
        OwnThreads.Start("pprof events open", attempt.Run);
        return attempt.Wait(unanswered == 0 ? s_patience : s_impatience);
    }

    /// <summary>What is wrong where the port does not answer.</summary>
    public static IOException NoAnswer() => new(
        "its diagnostic port does not answer: another program has connected to it and says nothing, or the machine is too busy;"
        + " end that program (ss -xp shows it at dotnet-diagnostic), or try again");

    /// <summary>One connection. Whoever comes too late, the answer or who waits for it, ends it.</summary>
    private sealed class Attempt(EventPipeProvider[] providers, int bufferMegabytes, bool rundown)
    {
        private readonly Lock _gate = new();
        private readonly ManualResetEventSlim _answered = new();
        private EventPipeSession? _session;
        private Exception? _failure;
        private bool _isGivenUp;

        // Not asynchronous: that would need threads of the pool, and the application may have taken them all.
        public void Run()
        {
            EventPipeSession? session = null;
            Exception? failure = null;
            try
            {
                session = DiagnosticPort.Client().StartEventPipeSession(providers, rundown, bufferMegabytes);
            }
            catch (Exception e)
            {
                failure = e;
            }

            lock (_gate)
            {
                _session = session;
                _failure = failure;
                _answered.Set();
                if (!_isGivenUp)
                {
                    return;
                }
            }

            Interlocked.Decrement(ref s_unanswered);
            session?.Dispose();
        }

        public EventPipeSession Wait(TimeSpan patience)
        {
            _answered.Wait(patience);
            lock (_gate)
            {
                if (!_answered.IsSet)
                {
                    _isGivenUp = true;
                    Interlocked.Increment(ref s_unanswered);
                    throw NoAnswer();
                }
            }

            return _session ?? throw new IOException(_failure!.Message, _failure);
        }
    }
}
