using System.Buffers.Binary;
using System.Diagnostics;
using System.Diagnostics.Tracing;
using System.Globalization;
using System.Reflection;
using Pprof.Sources;
using Pprof.Sources.EventPipe;
using Pprof.Sources.Waits;

namespace Pprof.Runtime.Tests.Sources.Waits;

/// <summary>
/// Gives a <see cref="WaitPairing"/> events that are written as text: the millisecond, the thread, what happens. A stack is a
/// word, leaf first, of which each letter is a frame: <c>t</c> is tracing's, <c>l</c> a Lock's, <c>m</c> Monitor's; those of
/// <see cref="Places"/> are real.
/// <list type="bullet">
/// <item><c>100 T1 contends L7 of T2 tlab</c> (or <c>of nobody</c>)</item>
/// <item><c>150 T1 enters after 50</c></item>
/// <item><c>100 T1 waits wab</c></item>
/// <item><c>150 T1 wakes</c></item>
/// <item><c>160 lost</c></item>
/// </list>
/// </summary>
internal sealed class WaitScript
{
    private static readonly Dictionary<char, MethodBase> s_methods = new()
    {
        ['t'] = typeof(EventSource).GetMethod(nameof(EventSource.ToString), Type.EmptyTypes)!,
        ['l'] = typeof(Lock).GetMethod(nameof(Lock.Enter), Type.EmptyTypes)!,
        ['m'] = typeof(Monitor).GetMethod(nameof(Monitor.Enter), [typeof(object)])!,
    };

    public WaitScript()
    {
        Pairing = new WaitPairing(Contentions, Waits, new LockFrames(static address => address <= char.MaxValue ? s_methods.GetValueOrDefault((char)address) : null), new LabelsAtTime());
    }

    public RecordingSink Contentions { get; } = new();

    public RecordingSink Waits { get; } = new();

    public WaitPairing Pairing { get; }

    /// <summary>The addresses of letters.</summary>
    public Dictionary<char, nuint> Places { get; } = [];

    public static long Ticks(long milliseconds) => milliseconds * Stopwatch.Frequency / 1000;

    /// <summary>Runs the events, separated by semicolons.</summary>
    public void Run(string events)
    {
        foreach (string line in events.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            Run(line.Split(' '));
        }
    }

    private void Run(string[] words)
    {
        switch (words)
        {
            case [_, "lost"]:
                Pairing.OnLost(1);
                break;
            case [_, _, "contends", var contended, "of", var owner, var stack]:
                byte[] start = new byte[29];
                BinaryPrimitives.WriteInt64LittleEndian(start.AsSpan(3), Number(contended[1..]));
                BinaryPrimitives.WriteInt64LittleEndian(start.AsSpan(19), owner == "nobody" ? 0 : Number(owner[1..]));
                Deliver(words, RuntimeProvider.ContentionStart, start, stack);
                break;
            case [_, _, "enters", "after", var milliseconds]:
                byte[] stop = new byte[11];
                BinaryPrimitives.WriteDoubleLittleEndian(stop.AsSpan(3), Number(milliseconds) * 1e6);
                Deliver(words, RuntimeProvider.ContentionStop, stop, "");
                break;
            case [_, _, "waits", var stack]:
                Deliver(words, RuntimeProvider.WaitHandleWaitStart, [], stack);
                break;
            case [_, _, "wakes"]:
                Deliver(words, RuntimeProvider.WaitHandleWaitStop, [], "");
                break;
            default:
                throw new ArgumentException(string.Join(' ', words), nameof(words));
        }
    }

    private void Deliver(string[] words, int id, byte[] payload, string stack) => Pairing.OnEvent(new RuntimeEvent
    {
        ProviderId = RuntimeProvider.Id,
        Id = id,
        Keywords = 0,
        Level = EventLevel.Informational,
        SystemId = (int)Number(words[1][1..]),
        Timestamp = Ticks(Number(words[0])),
        Payload = payload,
        Frames = Array.ConvertAll(stack.ToCharArray(), letter => Places.GetValueOrDefault(letter, letter)),
    });

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
