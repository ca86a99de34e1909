namespace Pprof.Sources.Snapshot;

/// <summary>
/// The types of the runtime's timers, which are lists: each timer refers to the one before and the one behind it, which have
/// nothing to do with it. So they are reached from their queues, whoever else holds one of them.
/// </summary>
internal static class TimerTypes
{
    private const string QueueName = "System.Threading.TimerQueue";
    private const string TimerName = "System.Threading.TimerQueueTimer";

    /// <summary>The type of a queue of timers.</summary>
    public static readonly Type? Queue = Type.GetType(QueueName + ", System.Private.CoreLib");

    /// <summary>The type of a timer that is in such a queue.</summary>
    public static readonly Type? Timer = Type.GetType(TimerName + ", System.Private.CoreLib");

    private static readonly ulong s_queues = ObjectFields.MethodTable(Type.GetType(QueueName + "[], System.Private.CoreLib"));
    private static readonly ulong s_queue = ObjectFields.MethodTable(Queue);
    private static readonly ulong s_timer = ObjectFields.MethodTable(Timer);

    /// <summary>Whether a method table is that of a timer, a queue, or the array of all queues.</summary>
    public static bool Contains(ulong methodTable) =>
        methodTable != 0 && (methodTable == s_timer || methodTable == s_queue || methodTable == s_queues);

    /// <summary>Whether a name, as the runtime writes it, is one of theirs.</summary>
    public static bool Contains(string name) => name is TimerName or QueueName or QueueName + "[]";
}
