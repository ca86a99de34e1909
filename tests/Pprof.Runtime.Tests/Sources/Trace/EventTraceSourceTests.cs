using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using Pprof.Runtime.Tests.Sources.EventPipe;
using Pprof.Sources.Trace;
using Pprof.Symbols;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.Trace;

/// <summary>What the runtime's events of this process become in a trace.</summary>
[Collection(nameof(EventPipeCollection))]
public sealed class EventTraceSourceTests
{
    private const string Maker = "ThrowerThatIsMade";

    /// <summary>Its name is looked for when the trace is written, which may be much later.</summary>
    [Fact]
    public async Task AMethodThatWasMadeAtRunTimeKeepsItsNameWhenItIsGone()
    {
        var queue = new TraceQueue(maxBlocks: 8);
        var source = new EventTraceSource(queue, TraceContent.Exceptions);
        await source.OpenAsync();
        try
        {
            Assert.Null(source.Failure);
            ThrowFromMade();
            Assert.True(await source.FlushAsync());
        }
        finally
        {
            await source.CloseAsync();
        }

        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        // The places of the old ones.
        List<Action> others = [.. Enumerable.Range(0, 50).Select(static number => NewThrower($"Other_{number}"))];
        others.ForEach(static call => Assert.Throws<InvalidOperationException>(call));
        var symbolizer = Symbolizer.Create();
        int seen = 0;
        while (queue.Take(long.MaxValue) is { } block)
        {
            for (int i = 0; i < block.Count; i++)
            {
                if (block[i].Kind == TraceMomentKind.Exception
                    && Array.ConvertAll(block.FramesOf(i).ToArray(), frame => symbolizer.Resolve(frame)?.Name ?? "").Contains(Maker))
                {
                    seen++;
                }
            }
        }

        GC.KeepAlive(others);
        Assert.Equal(50, seen);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ThrowFromMade()
    {
        for (int i = 0; i < 50; i++)
        {
            Assert.Throws<InvalidOperationException>(NewThrower(Maker));
        }
    }

    private static Action NewThrower(string name)
    {
        var method = new DynamicMethod(name, typeof(void), []);
        ILGenerator code = method.GetILGenerator();
        code.Emit(OpCodes.Newobj, typeof(InvalidOperationException).GetConstructor(Type.EmptyTypes)!);
        code.Emit(OpCodes.Throw);
        return method.CreateDelegate<Action>();
    }
}
