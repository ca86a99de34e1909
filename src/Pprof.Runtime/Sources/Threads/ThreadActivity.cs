using Pprof.Profiles;
using Pprof.Symbols;
using Pprof.Symbols.Managed;

namespace Pprof.Sources.Threads;

/// <summary>
/// Tells from the stack of a thread at rest what it waits for: the method of the class library's that the application
/// called, such as <c>Monitor.Enter</c> or <c>Task.Wait</c>. Looks an address up once. Not safe for concurrent use.
/// </summary>
internal sealed class ThreadActivity(ManagedSymbols symbols)
{
    /// <summary>It uses a processor, or has run again and again while it was looked at.</summary>
    public const string Running = "running";

    /// <summary>It is ready to run, and waits for a processor.</summary>
    public const string Runnable = "runnable";

    /// <summary>What it does cannot be seen.</summary>
    public const string Unknown = "unknown";

    /// <summary>It waits in the kernel, called by the application's or by native code.</summary>
    public const string SystemCall = "syscall";

    /// <summary>It waits for a socket, a file, or a pipe.</summary>
    public const string InputOutput = "IO wait";

    /// <summary>It is the runtime's, and waits for work.</summary>
    public const string Idle = "idle";

    private const string TaskWait = "Task.Wait";
    private const string TaskResult = "TaskAwaiter.GetResult";

    // Where the compiler has inlined the method that the application called, it is what that one calls. WaitClassifier has
    // a table of the same methods that says something else: it ranks them, because the highest of all frames at the leaf
    // tells the kind of a wait, and knows what is nobody's wait. Here the last before the application's code gives its name,
    // and most methods of the class library have their own.
    private static readonly (string Prefix, string Method)[] s_calls =
    [
        ("Monitor.Wait", "Monitor.Wait"),
        ("Monitor.ObjWait", "Monitor.Wait"),
        ("Condition.Wait", "Monitor.Wait"),
        ("Monitor.", "Monitor.Enter"),
        ("Lock.", "Lock.Enter"),
        ("Thread.Sleep", "Thread.Sleep"),
        ("Thread.Join", "Thread.Join"),
        ("WaitHandle.WaitOne", "WaitHandle.WaitOne"),
        ("SemaphoreSlim.Wait", "SemaphoreSlim.Wait"),
        ("ManualResetEventSlim.Wait", "ManualResetEventSlim.Wait"),
        ("Task.InternalWait", TaskWait),
        ("Task.SpinThenBlockingWait", TaskWait),
        (TaskWait, TaskWait),
        ("TaskAwaiter.", TaskResult),
    ];

    private readonly Dictionary<nuint, Frame> _frames = [];

    /// <summary>Whose a frame is.</summary>
    private enum Part
    {
        Native,
        Threading,
        InputOutput,
        Application,
    }

    /// <summary>What a thread at rest waits for.</summary>
    public string Of(ReadOnlySpan<nuint> frames)
    {
        string? called = null;
        string? task = null;
        foreach (nuint address in frames)
        {
            Frame frame = Describe(address);
            switch (frame.Part)
            {
                case Part.InputOutput when called is null:
                    return InputOutput;
                case Part.Application or Part.InputOutput:
                    return called ?? SystemCall;
                case Part.Threading:
                    called = frame.Method;
                    task = called is TaskWait or TaskResult ? called : task;
                    break;
            }
        }

        // Up to where the thread starts there is none but the runtime. It does not wait for tasks: of whoever does, the compiler
        // has made the call a jump, and the application's method has no frame any more.
        return called is null ? SystemCall : task ?? Idle;
    }

    private static Part PartOf(string name) =>
        Starts(name, "System.Threading.") || Starts(name, "System.Runtime.CompilerServices.") ? Part.Threading
        : Starts(name, "System.Net.") || Starts(name, "System.IO.") || Starts(name, "Microsoft.Win32.SafeHandles.")
            || Starts(name, "Interop.") || name.Contains(".Interop.", StringComparison.Ordinal) ? Part.InputOutput
        : Part.Application;

    private static bool Starts(string name, string prefix) => name.StartsWith(prefix, StringComparison.Ordinal);

    /// <summary>Type and method, without namespace, type arguments and parameters.</summary>
    private static string ShortName(string name)
    {
        int end = 0;
        int depth = 0;
        var parts = new List<string>();
        var part = new System.Text.StringBuilder();
        for (; end < name.Length && name[end] != '('; end++)
        {
            char letter = name[end];
            depth += letter == '<' ? 1 : 0;
            if (depth == 0 && letter is '.' or '+')
            {
                parts.Add(part.ToString());
                part.Clear();
            }
            else if (depth == 0)
            {
                part.Append(letter);
            }

            depth -= letter == '>' ? 1 : 0;
        }

        string called = parts.Count == 0 ? part.ToString() : $"{parts[^1]}.{part}";
        foreach ((string prefix, string method) in s_calls)
        {
            if (Starts(called, prefix))
            {
                return method;
            }
        }

        return called;
    }

    private Frame Describe(nuint address)
    {
        if (!_frames.TryGetValue(address, out Frame frame))
        {
            FrameSymbol? symbol = CodeAddress.IsPossible(address) ? symbols.Resolve(address) : null;
            frame = symbol is null ? default : new Frame(PartOf(symbol.Name), ShortName(symbol.Name));
            _frames.Add(address, frame);
        }

        return frame;
    }

    private readonly record struct Frame(Part Part, string Method);
}
