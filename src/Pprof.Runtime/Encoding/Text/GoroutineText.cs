using System.Globalization;
using Pprof.Profiles;
using Pprof.Symbols;

namespace Pprof.Encoding.Text;

/// <summary>
/// The text form that Go gives to all goroutines of a program that has crashed: each on its own, with what it waits for.
/// Tools parse it; what it has no place for stands around it as comments. Threads of native code alone come last. How the runtime waits is left out, as Go leaves out its own frames.
/// </summary>
internal static class GoroutineText
{
    // As in Go, whose form this is: the innermost and the outermost frames of a deep stack.
    private const int MaxFrames = 100;

    // The kernel has no more threads than that.
    private const long FirstOfOperations = 1 << 22;

    private const string ClassOfThreads = "System.Threading.Thread.";

    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    /// <summary>Writes the threads of <paramref name="profile"/>.</summary>
    public static void Write(TextWriter writer, Profile profile, Symbolizer symbolizer)
    {
        WaitText.WriteVerdicts(writer, profile);
        StackText.WriteGaps(writer, profile);
        WaitText.WriteAbove(writer, profile);
        string separator = "";
        HashSet<long> ids = [];
        WriteThreads(profile.Threads.Where(static thread => thread.IsManaged));
        foreach (ProfileOperations operations in profile.Operations.OrderByDescending(operations => profile.Samples.Values(operations.Sample)[0]))
        {
            writer.Write(separator);
            separator = "\n";
            WriteHeader(writer, operations, UniqueId(ids, profile.Samples.Stack(operations.Sample), operations.Awaits), profile.Samples.Values(operations.Sample)[0]);
            WriteStack(writer, profile.Samples.Stack(operations.Sample), symbolizer);
        }

        WriteThreads(profile.Threads.Where(static thread => !thread.IsManaged));
        if (profile.Waits is { } waits)
        {
            WaitText.WriteBelow(writer, waits);
        }

        void WriteThreads(IEnumerable<ProfileThread> threads)
        {
            foreach (ProfileThread thread in threads.OrderBy(static thread => thread.Id))
            {
                writer.Write(separator);
                separator = "\n";
                WriteHeader(writer, thread, profile.Samples.Labels(thread.Sample));
                WriteStack(writer, profile.Samples.Stack(thread.Sample)[thread.WaitingFrames..], symbolizer);
                WriteCreator(writer, thread.Creator, symbolizer);
            }
        }
    }

    /// <summary>Writes the header of a group of asynchronous operations.</summary>
    private static void WriteHeader(TextWriter writer, ProfileOperations operations, long id, long count) =>
        writer.Write(string.Create(
            CultureInfo.InvariantCulture,
            $"goroutine {id} [await {operations.Awaits.Replace("]", "\\x5d", StringComparison.Ordinal)}{(count == 1 ? "" : $", {count} operations")}]:\n"));

    /// <summary>
    /// A number that the operations of one stack have for as long as the process lives: frames keep their addresses, and how
    /// many of several tasks are awaited is not in it. Above those of threads.
    /// </summary>
    private static long UniqueId(HashSet<long> ids, ReadOnlySpan<nuint> stack, string awaits)
    {
        long id = IdOf(stack, awaits);
        while (!ids.Add(id))
        {
            id++;
        }

        return id;
    }

    private static long IdOf(ReadOnlySpan<nuint> stack, string awaits)
    {
        ulong hash = 14695981039346656037;
        foreach (nuint frame in stack)
        {
            hash = (hash ^ frame) * 1099511628211;
        }

        foreach (char letter in awaits)
        {
            hash = char.IsAsciiDigit(letter) ? hash : (hash ^ letter) * 1099511628211;
        }

        return FirstOfOperations + (long)((hash ^ (hash >> 32)) % FirstOfOperations);
    }

    private static void WriteHeader(TextWriter writer, ProfileThread thread, LabelSet labels)
    {
        writer.Write(string.Create(CultureInfo.InvariantCulture, $"goroutine {thread.Id} [{thread.State}"));
        if (thread.Waiting is { } waiting && waiting >= s_minute)
        {
            writer.Write(string.Create(CultureInfo.InvariantCulture, $", {(long)waiting.TotalMinutes} minutes"));
        }

        if (thread.Name is { Length: > 0 } name)
        {
            // The bracket ends the header for who reads it.
            writer.Write($", {QuotedText.Of(name).Replace("]", "\\x5d", StringComparison.Ordinal)}");
        }

        if (labels.Labels.Count > 0)
        {
            writer.Write($", labels: {StackText.Labels(labels).Replace("]", "\\x5d", StringComparison.Ordinal)}");
        }

        writer.Write("]:\n");
    }

    private static void WriteStack(TextWriter writer, ReadOnlySpan<nuint> stack, Symbolizer symbolizer)
    {
        if (stack is [(nuint)PseudoFrame.UnknownStack])
        {
            writer.Write("\tgoroutine running on other thread; stack unavailable\n");
            return;
        }

        int elided = stack.Length - MaxFrames;
        for (int i = 0; i < stack.Length; i++)
        {
            if (elided > 0 && i == MaxFrames / 2)
            {
                writer.Write(string.Create(CultureInfo.InvariantCulture, $"...{elided} frames elided...\n"));
                i += elided;
            }

            WriteFrame(writer, stack[i], symbolizer);
        }
    }

    /// <summary>Writes the innermost frame that is not of the class library's own thread: the one that wanted it.</summary>
    private static void WriteCreator(TextWriter writer, IReadOnlyList<nuint> stack, Symbolizer symbolizer)
    {
        foreach (nuint address in stack)
        {
            if (symbolizer.Resolve(address) is { } symbol && !symbol.Name.StartsWith(ClassOfThreads, StringComparison.Ordinal))
            {
                writer.Write($"created by {symbol.Name}\n");
                WritePlace(writer, address, symbol, symbolizer);
                return;
            }
        }
    }

    private static void WriteFrame(TextWriter writer, nuint address, Symbolizer symbolizer)
    {
        FrameSymbol? symbol = symbolizer.Resolve(address);
        string name = symbol is null ? string.Create(CultureInfo.InvariantCulture, $"0x{(ulong)address:x}") : symbol.Name;

        // An overload brings its parameters along.
        writer.Write(name);
        writer.Write(name.EndsWith(')') ? "\n" : "(...)\n");
        WritePlace(writer, address, symbol, symbolizer);
    }

    private static void WritePlace(TextWriter writer, nuint address, FrameSymbol? symbol, Symbolizer symbolizer)
    {
        nuint offset = address - (symbolizer.FunctionStart(address) ?? address);
        string file = symbol is { FileName.Length: > 0 } ? symbol.FileName : "?";
        writer.Write(string.Create(CultureInfo.InvariantCulture, $"\t{file}:{symbol?.Line ?? 0} +0x{(ulong)offset:x}\n"));
    }
}
