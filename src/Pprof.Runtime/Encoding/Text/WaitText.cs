using System.Globalization;
using Pprof.Profiles;

namespace Pprof.Encoding.Text;

/// <summary>
/// What Go's form has no place for, as comments around its blocks: what hangs above them, in sentences, and below them what is
/// queued and the timers.
/// </summary>
internal static class WaitText
{
    private const int MaxLines = 20;
    private const int MaxThreads = 16;

    // What makes a semaphore worth a line above everything else: as many that wait for it, of which nothing tells since when,
    // or a thread that has waited for so long.
    private const int ManyWaiting = 10;
    private static readonly TimeSpan s_long = TimeSpan.FromMinutes(1);

    /// <summary>Writes what hangs, a sentence each; nothing where nothing does, or nobody has looked.</summary>
    public static void WriteVerdicts(TextWriter writer, Profile profile)
    {
        if (profile.Waits is not { } waits)
        {
            return;
        }

        var names = new Names(profile);
        WriteLines(writer, waits.Deadlocks, names.Circle);
        if (waits.Pool is { IsStarved: true } starved)
        {
            writer.Write($"# {Starved(starved, waits)}\n");
        }

        WriteLines(writer, waits.Semaphores.Where(names.IsVerdict), names.Semaphore);
    }

    /// <summary>Writes who waits for whom, and an empty line; nothing where nobody has looked.</summary>
    public static void WriteAbove(TextWriter writer, Profile profile)
    {
        if (profile.Waits is not { } waits)
        {
            return;
        }

        var names = new Names(profile);
        WriteLines(writer, waits.Locks.OrderByDescending(static contended => contended.Waiters.Count), names.Lock);
        Dictionary<TaskWait, List<int>> threads = ThreadsByTask(waits);
        WriteLines(writer, threads.Keys.OrderByDescending(wait => threads[wait].Count), wait => names.Tasks(threads[wait], wait));
        WriteLines(writer, waits.Semaphores.Where(semaphore => !names.IsVerdict(semaphore)), names.Semaphore);
        if (waits.Pool is { } pool)
        {
            writer.Write(string.Create(
                CultureInfo.InvariantCulture,
                $"# thread pool: {Count(pool.Threads, "thread")} (at once {pool.Min}, at most {pool.Max}), {Count(pool.Queued, "work item")} queued\n"));
        }

        if (waits.Missing is { } missing)
        {
            string reason = missing == profile.Gaps.MissingOperations ? "for the same reason" : missing;
            writer.Write($"# without locks, deadlocks, tasks that threads wait for, queued work and timers: {reason}\n");
        }
        else if (waits.MissingTasks is { } missingTasks)
        {
            writer.Write($"# without tasks that threads wait for, queued work and timers: {missingTasks}\n");
        }

        writer.Write('\n');
    }

    /// <summary>Writes what stands below the blocks, after an empty line.</summary>
    public static void WriteBelow(TextWriter writer, WaitGraph waits)
    {
        if (waits.Queue.Count > 0)
        {
            writer.Write("\n# queued in the thread pool, what comes next first:\n");
            WriteLines(writer, waits.Queue, static work => string.Create(CultureInfo.InvariantCulture, $"{work.Count,8} {work.Method}"));
        }

        if (waits.Timers.Count > 0)
        {
            writer.Write("\n# timers:\n");
            WriteLines(writer, waits.Timers.OrderByDescending(static timers => timers.Count), static timers => string.Create(
                CultureInfo.InvariantCulture,
                $"{timers.Count,8} {timers.Method}, {Due(timers.Due)}{(timers.Period is { } period ? $", every {Duration(period)}" : "")}"));
        }
    }

    /// <summary>The threads that wait for the same, in the order in which the first of each was found.</summary>
    private static Dictionary<TaskWait, List<int>> ThreadsByTask(WaitGraph waits)
    {
        Dictionary<TaskWait, List<int>> threads = [];
        foreach (TaskWait wait in waits.TaskWaits)
        {
            TaskWait same = wait with { Thread = 0, HasTimeout = false };
            if (!threads.TryGetValue(same, out List<int>? waiting))
            {
                threads.Add(same, waiting = []);
            }

            waiting.Add(wait.Thread);
        }

        return threads;
    }

    private static void WriteLines<T>(TextWriter writer, IEnumerable<T> items, Func<T, string> line)
    {
        int count = 0;
        foreach (T item in items)
        {
            if (count++ < MaxLines)
            {
                writer.Write($"# {line(item).ReplaceLineEndings(" ")}\n");
            }
        }

        if (count > MaxLines)
        {
            writer.Write(string.Create(CultureInfo.InvariantCulture, $"# ... and {count - MaxLines} more\n"));
        }
    }

    private static string Starved(PoolActivity pool, WaitGraph waits)
    {
        string states = string.Join(", ", pool.Waiting.Select(static state => string.Create(CultureInfo.InvariantCulture, $"{state.Count} in {state.State}")));
        int needing = waits.TaskWaits.Count(static wait => wait.Need == TaskNeed.PoolThread);
        string need = needing == 0 ? "" : $"; {Count(needing, "thread")} wait{(needing == 1 ? "s" : "")} for tasks that need a thread of the pool, and cannot go on before it grows";
        string completed = pool.Completed == 0 ? "none was" : $"{pool.Completed} {(pool.Completed == 1 ? "was" : "were")}";
        string grown = pool.Completed == 0 ? "" : $", in which it got {Count(pool.Grown, "thread")} more";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"the thread pool is starved: all its threads wait ({states}), {Count(pool.Queued, "work item")} {(pool.Queued == 1 ? "is" : "are")} queued, and {completed} completed in the {pool.Between.TotalMilliseconds:F0} ms of this look{grown}{need}");
    }

    private static string Count(long number, string what) => string.Create(CultureInfo.InvariantCulture, $"{number} {what}{(number == 1 ? "" : "s")}");

    private static string Due(TimeSpan due) => due < TimeSpan.Zero ? $"due {Duration(-due)} ago" : $"due in {Duration(due)}";

    private static string Duration(TimeSpan time) => time switch
    {
        { TotalSeconds: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:F0} ms"),
        { TotalMinutes: < 2 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#} s"),
        { TotalHours: < 2 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0.#} minutes"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:0.#} hours"),
    };

    /// <summary>Sentences about threads, by what the profile knows of them.</summary>
    private sealed class Names(Profile profile)
    {
        private readonly Dictionary<int, ProfileThread> _threads = ById(profile.Threads);

        public string Circle(IReadOnlyList<WaitStep> circle) =>
            $"deadlock: {string.Join("; ", circle.Select((step, i) => Step(step, circle[(i + 1) % circle.Count].Thread)))}";

        private string Step(in WaitStep step, int next) =>
            step.Lock is { } contended ? $"{Thread(step.Thread)} waits for {LockName(contended)}, which {Thread(next)} holds"
            : step.Task is { Need: TaskNeed.OneThread } bound ? $"{Thread(step.Thread)} waits for {bound.Task}{Bound(bound, step.Thread)}"
            : $"{Thread(step.Thread)} waits for {step.Task!.Task}, which runs on {Thread(next)}{Within(step.Task)}";

        public string Lock(ContendedLock contended)
        {
            string holder = contended.Holder is { } thread ? Thread(thread) + State(thread) : contended.IsHolderUnknown ? "a thread that has run meanwhile" : "no thread that the runtime knows";
            List<int> waiters = [.. contended.Waiters.Select(static waiter => waiter.Thread)];
            string taken = contended.TakenIn is { } method ? $", taken in {method}" : "";
            return $"lock: {LockName(contended)} is held by {holder}{taken}; {Count(waiters.Count, "thread")} wait{(waiters.Count == 1 ? "s" : "")}: {List(waiters)}";
        }

        public string Tasks(List<int> threads, TaskWait wait)
        {
            string who = threads.Count == 1 ? $"{Thread(threads[0])} waits" : $"{Count(threads.Count, "thread")} wait";
            string need = wait.Need switch
            {
                TaskNeed.PoolThread when wait.Inner is { } inner => $", where {inner} needs a thread of the pool to go on",
                TaskNeed.PoolThread => ", which needs a thread of the pool",
                TaskNeed.Runs when wait.Runner is { } runner => $", which runs on {Thread(runner)}{State(runner)}{Within(wait)}",
                TaskNeed.Runs => $", which runs{Within(wait)}",
                TaskNeed.Awaits when wait.Inner is { } inner => $", where {inner} awaits {wait.Awaits}",
                TaskNeed.Awaits => $", which awaits {wait.Awaits}",
                TaskNeed.OneThread => Bound(wait, threads.Count == 1 ? threads[0] : 0),
                _ => "",
            };
            string others = wait.Others == 0 ? "" : $", and for {Count(wait.Others, "other task")}";
            return $"task: {who} for {wait.Task}{need}{others}{(threads.Count == 1 ? "" : $": {List(threads)}")}";
        }

        private string Bound(TaskWait wait, int waiting)
        {
            string who = wait.Inner is { } inner ? $", where {inner}" : ", which";
            string first = wait.Awaits is { } awaits ? $" awaits {awaits}, and then" : "";
            string where = wait.Runner == waiting ? "this thread" : Thread(wait.Runner ?? 0);
            return $"{who}{first} can go on only on {where}, by its {wait.Context}";
        }

        public bool IsVerdict(AwaitedSemaphore semaphore) =>
            semaphore.Operations + semaphore.Threads.Count >= ManyWaiting || LongestWait(semaphore) >= s_long;

        public string Semaphore(AwaitedSemaphore semaphore)
        {
            string[] waiting =
            [
                .. semaphore.Threads.Count == 0 ? (string[])[] : [Count(semaphore.Threads.Count, "thread")],
                .. semaphore.Operations == 0 ? (string[])[] : [Count(semaphore.Operations, "operation")],
            ];
            string who = $"{string.Join(" and ", waiting)} wait{(semaphore.Operations + semaphore.Threads.Count == 1 ? "s" : "")}";
            string threads = semaphore.Threads.Count == 0 ? "" : $" (threads {List([.. semaphore.Threads])}{(LongestWait(semaphore) is var longest && longest >= s_long ? $", for {Duration(longest)}" : "")})";
            return string.Create(
                CultureInfo.InvariantCulture,
                $"semaphore: {who} for one whose count is {semaphore.Count}{(semaphore.Max > 0 ? $" of {semaphore.Max}" : "")}, in {semaphore.Method}{threads}; a semaphore does not know who has entered it and not left");
        }

        private TimeSpan LongestWait(AwaitedSemaphore semaphore) =>
            semaphore.Threads.Select(thread => _threads.GetValueOrDefault(thread)?.Waiting ?? TimeSpan.Zero).DefaultIfEmpty().Max();

        private static Dictionary<int, ProfileThread> ById(IEnumerable<ProfileThread> threads)
        {
            Dictionary<int, ProfileThread> byId = [];
            foreach (ProfileThread thread in threads)
            {
                byId.TryAdd(thread.Id, thread);
            }

            return byId;
        }

        private static string Within(TaskWait wait) => wait.Inner is { } inner ? $" in {inner}" : "";

        private static string LockName(ContendedLock contended) => string.Create(
            CultureInfo.InvariantCulture, $"{contended.Kind} {contended.Id}{(contended.Type.Length == 0 ? "" : $" ({contended.Type})")}");

        private static string List(List<int> threads)
        {
            List<int> sorted = [.. threads];
            sorted.Sort();
            return string.Join(", ", sorted.GetRange(0, Math.Min(sorted.Count, MaxThreads)).ConvertAll(static thread => thread.ToString(CultureInfo.InvariantCulture)))
                + (sorted.Count > MaxThreads ? ", ..." : "");
        }

        private string Thread(int id) =>
            string.Create(CultureInfo.InvariantCulture, $"thread {id}") + (_threads.GetValueOrDefault(id)?.Name is { Length: > 0 } name ? $" {QuotedText.Of(name)}" : "");

        // The stacks below are of a moment before.
        private string State(int id) =>
            profile.Waits!.HaveRun.Contains(id) ? " [has run since]" : _threads.GetValueOrDefault(id) is { } thread ? $" [{thread.State}]" : "";
    }
}
