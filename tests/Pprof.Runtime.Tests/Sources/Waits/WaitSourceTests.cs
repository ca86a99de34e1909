using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using Pprof.Runtime.Tests.Collectors.Waits;
using Pprof.Runtime.Tests.Sources.EventPipe;
using Pprof.Sources.Waits;
using Pprof.Sources.Waits.Callback;
using Pprof.Symbols;
using Pprof.Testing;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.Waits;

/// <summary>The sources of a process that compiles: the runtime's calls on the thread that waits, and its stream of events.</summary>
[Measures]
[Collection(nameof(EventPipeCollection))]
public sealed class WaitSourceTests : IAsyncDisposable
{
    private readonly CountingSink _contentions = new(typeof(WaitSourceTests));
    private readonly CountingSink _waits = new(typeof(WaitSourceTests));
    private readonly List<WaitSource> _sources = [];

    public async ValueTask DisposeAsync()
    {
        (_contentions.IsActive, _waits.IsActive) = (false, false);
        foreach (WaitSource source in _sources)
        {
            await source.UpdateAsync();
        }
    }

    [ToolFact(Tools.Linux)]
    public Task TheCallbackTellsOfContentionsAndWaits() => AssertSeesAsync(new CallbackWaitSource(_contentions, _waits));

    [Fact]
    public Task TheEventsTellOfContentionsAndWaits() => AssertSeesAsync(new WaitEventSource(_contentions, _waits));

    [ToolFact(Tools.Linux)]
    [Measures(false)]
    public Task TheCallbackKeepsTheNamesOfPlugInsThatAreGone() => AssertKeepsNamesAsync(static sink => new CallbackWaitSource(sink, new RecordingSink { IsActive = false }));

    [Fact]
    [Measures(false)]
    public Task TheEventsKeepTheNamesOfPlugInsThatAreGone() => AssertKeepsNamesAsync(static sink => new WaitEventSource(sink, new RecordingSink { IsActive = false }));

    [ToolFact(Tools.Linux)]
    public async Task WhereTheRuntimeIsNotAsExpectedTheEventsServe()
    {
        var source = new PreferredWaitSource(
            new CallbackWaitSource(_contentions, _waits, static _ => "a test says so"), new WaitEventSource(_contentions, _waits));

        await AssertSeesAsync(source);

        Assert.StartsWith("the runtime's contention and wait events: ", source.Description);
        Assert.Contains("a test says so", source.Description);
    }

    [ToolFact(Tools.Linux)]
    [Measures(false)]
    public async Task TheCallbackFollowsWhatIsWanted()
    {
        var source = new CallbackWaitSource(_contentions, _waits);
        _sources.Add(source);
        await source.UpdateAsync();
        Assert.False(source.IsWatching);

        _contentions.IsActive = true;
        await source.UpdateAsync();
        Assert.True(source.IsWatching);
        Contend();
        WaitWork.OnThreads(1, static _ => Wait());
        await source.FlushAsync();
        Assert.Equal(1, _contentions.Count(nameof(Enter)));

        _waits.IsActive = true;
        await source.UpdateAsync();
        WaitWork.OnThreads(1, static _ => Wait());
        await source.FlushAsync();
        Assert.Equal(1, _waits.Count(nameof(Wait)));

        (_contentions.IsActive, _waits.IsActive) = (false, false);
        await source.UpdateAsync();
        Assert.True(SpinWait.SpinUntil(() => !source.IsWatching, TimeSpan.FromSeconds(30)));
        Contend();
        (_contentions.IsActive, _waits.IsActive) = (true, true);
        await source.UpdateAsync();
        await source.FlushAsync();
        Assert.Equal(1, _contentions.Count(nameof(Enter)));
        Assert.Null(source.Failure);
        Assert.Equal(0, source.Lost);
    }

    /// <summary>Of the wait of a thread that is interrupted nobody tells the end.</summary>
    [ToolFact(Tools.Linux)]
    [Measures(false)]
    public async Task AThreadThatEndsInItsWaitLeavesNothingBehind()
    {
        const int Threads = 40;
        var source = new CallbackWaitSource(_contentions, _waits);
        _sources.Add(source);
        _waits.IsActive = true;
        await source.UpdateAsync();
        WaitSlots slots = source.Slots!;
        nuint[] pointers = new nuint[Threads];
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(i => new Thread(() => BeInterrupted(source, out pointers[i])))];
        Array.ForEach(threads, static thread => thread.Start());
        Assert.True(SpinWait.SpinUntil(() => pointers.All(pointer => Volatile.Read(ref pointer) != 0 && slots.Has(pointer)), TimeSpan.FromSeconds(30)));

        Array.ForEach(threads, static thread => thread.Interrupt());
        Array.ForEach(threads, static thread => thread.Join());

        Assert.True(SpinWait.SpinUntil(() => !pointers.Any(slots.Has), TimeSpan.FromSeconds(30)), $"{pointers.Count(slots.Has)} are left");
        Assert.Equal(0, source.Lost);
    }

    private async Task AssertKeepsNamesAsync(Func<IWaitSink, WaitSource> create)
    {
        const int PlugIns = 10;
        var sink = new RecordingSink();
        WaitSource source = create(sink);
        _sources.Add(source);
        await source.UpdateAsync();
        for (int i = 0; i < PlugIns; i++)
        {
            ContendInPlugIn();

            // They live for some 0.15 seconds.
            Thread.Sleep(100);
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
        }

        await source.FlushAsync();
        sink.IsActive = false;
        await source.UpdateAsync();
        var symbolizer = Symbolizer.Create();
        string[][] stacks = [.. sink.Stacks.Select(stack => Array.ConvertAll(stack, frame => symbolizer.Resolve(frame)?.Name ?? "?"))];

        Assert.Equal(PlugIns, stacks.Count(static stack => stack.Any(static name => name.StartsWith("PlugIn.Code.Enter", StringComparison.Ordinal))));
    }

    /// <summary>A method of an assembly that is gone afterwards waits for a lock.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ContendInPlugIn()
    {
        AssemblyBuilder assembly = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("PlugIn"), AssemblyBuilderAccess.RunAndCollect);
        TypeBuilder type = assembly.DefineDynamicModule("PlugIn").DefineType("PlugIn.Code", TypeAttributes.Public);
        ILGenerator code = type.DefineMethod("Enter", MethodAttributes.Public | MethodAttributes.Static, typeof(void), [typeof(object)]).GetILGenerator();
        foreach (string method in new[] { nameof(Monitor.Enter), nameof(Monitor.Exit) })
        {
            code.Emit(OpCodes.Ldarg_0);
            code.Emit(OpCodes.Call, typeof(Monitor).GetMethod(method, [typeof(object)])!);
        }

        code.Emit(OpCodes.Ret);
        Action<object> enter = type.CreateType().GetMethod("Enter")!.CreateDelegate<Action<object>>();
        object gate = new();
        WaitWork.WhileHeld(() => Monitor.Enter(gate), () => Monitor.Exit(gate), () => enter(gate));
    }

    private async Task AssertSeesAsync(WaitSource source)
    {
        _sources.Add(source);
        (_contentions.IsActive, _waits.IsActive) = (true, true);
        await source.UpdateAsync();
        Assert.Null(source.Failure);
        Assert.True(source.IsWatching);

        Contend();
        WaitWork.OnThreads(1, static _ => Wait());
        Assert.True(await source.FlushAsync());

        Assert.Equal(1, _contentions.Count(nameof(Enter)));
        Assert.Equal(1, _waits.Count(nameof(Enter)));
        Assert.Equal(0, _contentions.Count(nameof(Wait)));
        Assert.Equal(1, _waits.Count(nameof(Wait)));
    }

    private static void BeInterrupted(CallbackWaitSource source, out nuint pointer)
    {
        pointer = source.Slots!.OwnPointer;
        using var never = new ManualResetEvent(false);
        Assert.Throws<ThreadInterruptedException>(() => never.WaitOne());
    }

    private static void Contend()
    {
        object gate = new();
        WaitWork.WhileHeld(() => Monitor.Enter(gate), () => Monitor.Exit(gate), () => Enter(gate));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Enter(object gate)
    {
        lock (gate)
        {
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Wait() => new ManualResetEvent(false).WaitOne(5);
}
