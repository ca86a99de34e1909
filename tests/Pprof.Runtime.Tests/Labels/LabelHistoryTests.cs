using System.Diagnostics;
using Pprof.Labels;
using Pprof.Profiles;
using Xunit;

namespace Pprof.Runtime.Tests.Labels;

public sealed class LabelHistoryTests : IDisposable
{
    private static readonly PushedLabels s_first = Labels("a");
    private static readonly PushedLabels s_second = Labels("b");

    private LabelHistory? _history;

    public LabelHistoryTests() => LabelHistory.Open();

    public void Dispose() => LabelHistory.Close();

    [Fact]
    public void TheLabelsOfAMomentAreFound()
    {
        long before = Stopwatch.GetTimestamp();
        LabelHistory.Note(ref _history, s_first, s_second);
        long between = Later();
        LabelHistory.Note(ref _history, s_second, null);
        long after = Later();

        Assert.Equal([s_first, s_second, null], new[] { before - 1, between, after }.Select(Find));
    }

    [Fact]
    public void WhatIsTooLongAgoIsNotKnown()
    {
        LabelHistory.Note(ref _history, s_first, s_second);
        long old = Later();
        for (int i = 0; i < 10_000; i++)
        {
            LabelHistory.Note(ref _history, s_second, s_first);
        }

        Assert.False(_history!.TryFind(old, out _));
        Assert.Same(s_first, Find(Later()));
    }

    [Fact]
    public void WhatChangedWhileNobodyReadIsNotTakenForWhole()
    {
        LabelHistory.Note(ref _history, null, s_first);
        LabelHistory.Close();
        try
        {
            LabelHistory.Note(ref _history, s_first, s_second);
        }
        finally
        {
            LabelHistory.Open();
        }

        LabelHistory.Note(ref _history, s_second, null);

        Assert.Same(s_second, Find(0));
    }

    [Fact]
    public void AThreadsLabelsOfAMomentAgoAreFoundByItsId()
    {
        long inside;
        using (PprofLabels.Push("job", "import"))
        {
            inside = Later();
        }

        long outside = Later();
        int self = Pprof.Process.SystemThreads.CurrentId;

        Assert.True(ThreadLabels.TryFind(self, inside, out PushedLabels? labels));
        Assert.Equal("import", Assert.Single(labels!.Labels.Labels.ToArray()).Text);
        Assert.True(ThreadLabels.TryFind(self, outside, out labels));
        Assert.Null(labels);
    }

    [Fact]
    public void NothingIsKeptOfAThreadOnceNobodyReads()
    {
        // A thread that changes its labels no more: it waits until it has been looked at.
        using var pushed = new ManualResetEventSlim();
        using var seen = new ManualResetEventSlim();
        int id = 0;
        var thread = new Thread(() =>
        {
            using (PprofLabels.Push("job", "import"))
            {
                id = Pprof.Process.SystemThreads.CurrentId;
                pushed.Set();
                seen.Wait();
            }
        });
        thread.Start();
        pushed.Wait();
        bool had = ThreadLabels.HasHistory(id);
        LabelHistory.Close();
        try
        {
            // Other tests may be reading.
            Assert.True(SpinWait.SpinUntil(() => !ThreadLabels.HasHistory(id), TimeSpan.FromSeconds(60)));
            Assert.True(had);
        }
        finally
        {
            LabelHistory.Open();
            seen.Set();
            thread.Join();
        }
    }

    private static PushedLabels Labels(string value) => new(null, LabelSet.Empty.With(new Label("key", value)));

    private static long Later()
    {
        long now = Stopwatch.GetTimestamp();
        while (Stopwatch.GetTimestamp() == now)
        {
        }

        return now;
    }

    private PushedLabels? Find(long timestamp)
    {
        Assert.True(_history!.TryFind(timestamp, out PushedLabels? labels));
        return labels;
    }
}
