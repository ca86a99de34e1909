namespace Pprof.Sources.Operations;

/// <summary>Tells from the type of what is awaited, or from the method of the class library that awaits, what it is.</summary>
internal static class AwaitedObject
{
    /// <summary>A task, of which no more is known.</summary>
    public const string Task = "task";

    /// <summary>It has what it awaited, and waits for a thread of the pool.</summary>
    public const string Ready = "ready";

    /// <summary>It awaits an operation that runs now.</summary>
    public const string Running = "running";

    /// <summary>It awaits all of several.</summary>
    public const string All = "WhenAll";

    /// <summary>It awaits the first of several.</summary>
    public const string Any = "WhenAny";

    /// <summary>It waits to enter one.</summary>
    public const string Semaphore = "semaphore";

    /// <summary>The same, until some time.</summary>
    public const string SemaphoreWithTimeout = "semaphore with timeout";

    // By the beginning of the name of a type or a method; the first that fits.
    private static readonly (string Prefix, string Name)[] s_names =
    [
        ("System.Threading.Tasks.Task+DelayPromise", "delay"),
        ("System.Threading.Tasks.Task+WhenAllPromise", All),
        ("System.Threading.Tasks.Task+WhenAny", Any),
        ("System.Threading.Tasks.Task+TwoTaskWhenAny", Any),
        ("System.Threading.Tasks.TaskFactory+CompleteOnInvoke", Any),
        ("System.Threading.Tasks.TaskFactory+CompleteOnCountdown", All),
        ("System.Threading.SemaphoreSlim", Semaphore),
        ("System.Threading.PeriodicTimer", "timer"),
        ("System.Threading.Channels.", "channel"),
        ("System.Threading.Tasks.Dataflow.", "dataflow block"),
        ("System.Net.Sockets.", "socket"),
        ("System.IO.Pipelines.", "pipe"),
        ("System.IO.RandomAccess", "file"),
        ("Microsoft.Win32.SafeHandles.SafeFileHandle", "file"),
        ("System.IO.Strategies.", "file"),
        ("System.Diagnostics.Process", "process"),
        ("System.Threading.Tasks.", Task),
    ];

    /// <summary>What an object of this type is when it is awaited.</summary>
    public static string OfType(Type type)
    {
        for (Type? level = type; level is not null && level != typeof(object); level = level.BaseType)
        {
            string name = level.FullName ?? level.Name;
            if (OfName(level.IsGenericType ? level.GetGenericTypeDefinition().FullName ?? name : name) is { } known)
            {
                return known;
            }
        }

        return type.Name;
    }

    /// <summary>What a method of the class library awaits; null for others.</summary>
    public static string? OfMethod(string name) => OfName(name) is { } known and not Task ? known : null;

    private static string? OfName(string name)
    {
        foreach ((string prefix, string known) in s_names)
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal))
            {
                return known;
            }
        }

        return null;
    }
}
