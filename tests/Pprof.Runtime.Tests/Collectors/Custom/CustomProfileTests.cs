using System.Runtime.CompilerServices;
using Pprof.Profiles;
using Pprof.Symbols;
using Pprof.Symbols.Managed;
using Xunit;

namespace Pprof.Runtime.Tests.Collectors.Custom;

public sealed class CustomProfileTests
{
    private readonly CustomProfile _profile = new("things");

    [Fact]
    public void CountsWhatIsAddedAndNotRemoved()
    {
        _profile.Add("a");
        _profile.Add("b");
        Assert.True(_profile.Remove("a"));
        Assert.False(_profile.Remove("a"));
        Assert.Equal(1, _profile.Count);
    }

    [Fact]
    public void SameValueCannotBeAddedTwice()
    {
        _profile.Add("a");
        Assert.Throws<ArgumentException>(() => _profile.Add(new string('a', 1)));
        Assert.Equal(1, _profile.Count);
    }

    [Fact]
    public void EqualObjectsAreDifferentValuesAndEqualStructsAreOne()
    {
        _profile.Add(new Point(1));
        _profile.Add(new Point(1));
        _profile.Add(1);
        Assert.Throws<ArgumentException>(() => _profile.Add(1));
        Assert.True(_profile.Remove(1));
        Assert.Equal(2, _profile.Count);
    }

    [Fact]
    public void ArgumentsAreChecked()
    {
        Assert.Throws<ArgumentNullException>(() => _profile.Add(null!));
        Assert.Throws<ArgumentNullException>(() => _profile.Remove(null!));
        Assert.Throws<ArgumentOutOfRangeException>(() => _profile.Add("a", -1));
        Assert.Equal(0, _profile.Count);
    }

    [Fact]
    public void StackBeginsInTheCallerOfAddWithFileAndLine()
    {
        Open("a", skip: 0);
        ManagedFrame[] stack = SingleStack();
        Assert.Equal(nameof(Open), stack[0].Method!.Name);
        Assert.Equal(nameof(StackBeginsInTheCallerOfAddWithFileAndLine), stack[1].Method!.Name);
        Assert.EndsWith("CustomProfileTests.cs", stack[0].FileName);
        Assert.InRange(stack[0].Line, 1, 200);
    }

    [Fact]
    public void StackHasNamesFilesAndLinesInTheProfile()
    {
        Open("a", skip: 0);
        FrameSymbol? symbol = Symbolizer.Create().Resolve(Copy().Stack(0)[0]);
        Assert.NotNull(symbol);
        Assert.Equal("Pprof.Runtime.Tests.Collectors.Custom.CustomProfileTests.Open", symbol.Name);
        Assert.EndsWith("CustomProfileTests.cs", symbol.FileName);
        Assert.InRange(symbol.Line, 1, 300);
    }

    [Fact]
    public void SkippedCallersAreLeftOut()
    {
        Open("a", skip: 1);
        Assert.Equal(nameof(SkippedCallersAreLeftOut), SingleStack()[0].Method!.Name);
    }

    [Fact]
    public void ValueIsCountedWhenMoreIsSkippedThanThereIs()
    {
        _profile.Add("a", skip: 100_000);
        SampleTable samples = Copy();
        Assert.Equal([(nuint)PseudoFrame.UnknownStack], samples.Stack(0).ToArray());
    }

    [Fact]
    public void OfADeepStack32FramesAreKeptAndTheRestIsMarked()
    {
        Recurse(50, () => _profile.Add("a"));
        ReadOnlySpan<nuint> stack = Copy().Stack(0);
        Assert.Equal(33, stack.Length);
        Assert.Equal((nuint)PseudoFrame.TruncatedStack, stack[^1]);
        Assert.DoesNotContain((nuint)PseudoFrame.TruncatedStack, stack[..^1].ToArray());
    }

    [Fact]
    public void ValuesOfOneStackAreOneSample()
    {
        for (int i = 0; i < 10; i++)
        {
            _profile.Add(i);
        }

        _profile.Add("elsewhere");
        SampleTable samples = Copy();
        Assert.Equal([1, 10], Enumerable.Range(0, samples.Count).Select(i => samples.Values(i)[0]).Order());
    }

    [Fact]
    public void InstructionPointersAreNoManagedFrames()
    {
        _profile.Add("a");
        Assert.Null(ManagedFrames.Instance.Resolve(0));
        Assert.Null(ManagedFrames.Instance.Resolve(0x7fff_1234));
        Assert.Null(ManagedFrames.Instance.Resolve(nuint.MaxValue - (1 << 20)));
    }

    [Fact]
    public void RemovedValuesAndTheirStacksAreGivenBack()
    {
        WeakReference removed = AddAndRemove();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Assert.False(removed.IsAlive);
        Assert.Equal(0, Copy().Count);
    }

    [Fact]
    public async Task ConcurrentCallsLoseNothing()
    {
        const int Threads = 8;
        const int Values = 2_000;
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Factory.StartNew(
            () =>
            {
                for (int i = 0; i < Values; i++)
                {
                    _profile.Add((thread, i));
                    if (i % 2 == 0)
                    {
                        Assert.True(_profile.Remove((thread, i)));
                    }
                }
            },
            TaskCreationOptions.LongRunning)));

        SampleTable samples = Copy();
        Assert.Equal(Threads * Values / 2, _profile.Count);
        Assert.Equal(Threads * Values / 2, Enumerable.Range(0, samples.Count).Sum(i => samples.Values(i)[0]));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Open(object value, int skip) => _profile.Add(value, skip);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Recurse(int depth, Action action)
    {
        if (depth > 0)
        {
            return Recurse(depth - 1, action) + 1;
        }

        action();
        return 0;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference AddAndRemove()
    {
        var value = new object();
        _profile.Add(value);
        _profile.Remove(value);
        return new WeakReference(value);
    }

    private SampleTable Copy()
    {
        var samples = new SampleTable(1);
        _profile.CopyTo(samples);
        return samples;
    }

    private ManagedFrame[] SingleStack()
    {
        SampleTable samples = Copy();
        Assert.Equal(1, samples.Count);
        return [.. samples.Stack(0).ToArray().Where(static address => address != (nuint)PseudoFrame.TruncatedStack).Select(address => Assert.IsType<ManagedFrame>(ManagedFrames.Instance.Resolve(address)))];
    }

    private sealed record Point(int X);
}
