using Pprof.Labels;
using Pprof.Process;
using Xunit;

namespace Pprof.Runtime.Tests.Labels;

public sealed class PprofLabelsTests
{
    [Fact]
    public void LabelsHoldUntilTheirScopeEnds()
    {
        Assert.Empty(PprofLabels.Current);
        using (PprofLabels.Push("b", "1"))
        {
            using (PprofLabels.Push(("c", "2"), ("a", "3")))
                Assert.Equal("a=3 b=1 c=2", Current());

            Assert.Equal("b=1", Current());
        }

        Assert.Empty(PprofLabels.Current);
    }

    [Fact]
    public void KeyThatHoldsAlreadyIsHiddenAndComesBack()
    {
        using PprofLabelScope outer = PprofLabels.Push("a", "1");
        using (PprofLabels.Push(("a", "2"), ("a", "3")))
            Assert.Equal("a=3", Current());

        Assert.Equal("a=1", Current());
    }

    [Fact]
    public void ScopesThatEndInAnotherOrderLeaveNothing()
    {
        PprofLabelScope outer = PprofLabels.Push("a", "1");
        PprofLabelScope inner = PprofLabels.Push("b", "2");
        outer.Dispose();
        Assert.Empty(PprofLabels.Current);
        using PprofLabelScope next = PprofLabels.Push("c", "3");
        inner.Dispose();
        outer.Dispose();
        default(PprofLabelScope).Dispose();
        Assert.Equal("c=3", Current());
    }

    [Fact]
    public async Task LabelsFollowTheFlowOfControlAndDoNotLeaveIt()
    {
        using (PprofLabels.Push("a", "1"))
        {
            await Task.Yield();
            Assert.Equal("a=1", Current());
            Task<string> task = Task.Run(Current);
            await PushAndForget();
            Assert.Equal("a=1", Current());
            Assert.Equal("a=1", await task);
            string? inThread = null;
            var thread = new Thread(() => inThread = Current());
            thread.Start();
            thread.Join();
            Assert.Equal("a=1", inThread);
        }

        Assert.Empty(PprofLabels.Current);

        static async Task PushAndForget()
        {
            PprofLabels.Push("b", "2");
            await Task.Yield();
            Assert.Equal("a=1 b=2", Current());
        }
    }

    [Fact]
    public void KeysAndValuesAreChecked()
    {
        Assert.Throws<ArgumentException>(() => PprofLabels.Push("", "1"));
        Assert.Throws<ArgumentNullException>(() => PprofLabels.Push(null!, "1"));
        Assert.Throws<ArgumentNullException>(() => PprofLabels.Push("a", null!));
        Assert.Throws<ArgumentNullException>(() => PprofLabels.Push(null!));
        Assert.Throws<ArgumentException>(() => PprofLabels.Push(("a", "1"), ("", "2")));
        Assert.Empty(PprofLabels.Current);
    }

    [LinuxFact]
    public void WordOfAThreadSaysWhichLabelsHoldOnIt()
    {
        nint word = 0;
        long[] values = new long[3];
        string? found = null;
        var thread = new Thread(() =>
        {
            int id = (int)Libc.Call(SystemCall.GetThreadId, 0, 0, 0, 0, 0);
            RecentLabels.Open();
            using (PprofLabels.Push("a", "1"))
            {
                word = ThreadLabels.WordOf(id);
                values[0] = Read(word);
                using (PprofLabels.Push("b", "2"))
                    values[1] = Read(word);

                // Has ended, and can still be found by who reads a sample of it.
                found = string.Join(' ', RecentLabels.Find(values[1], id)!.Labels.Labels.Select(label => $"{label.Key}={label.Text}"));
            }

            values[2] = Read(word);
            RecentLabels.Close();
        });
        thread.Start();
        thread.Join();

        Assert.NotEqual(0, word);
        Assert.NotEqual(0, values[0]);
        Assert.NotEqual(0, values[1]);
        Assert.NotEqual(values[0], values[1]);
        Assert.Equal(0, values[2]);
        Assert.Equal("a=1 b=2", found);
    }

    [LinuxFact]
    public void ThreadsThatEndGiveTheirWordsBack()
    {
        var words = new HashSet<nint>();
        const int Threads = 500;
        for (int i = 0; i < Threads; i++)
        {
            var thread = new Thread(() =>
            {
                using (PprofLabels.Push("a", "1"))
                    words.Add(ThreadLabels.WordOf((int)Libc.Call(SystemCall.GetThreadId, 0, 0, 0, 0, 0)));
            }, 256 * 1024);
            thread.Start();
            thread.Join();
            if (i % 25 == 0)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        }

        Assert.DoesNotContain(0, words);
        Assert.InRange(words.Count, 1, Threads / 4);
    }

    private static unsafe long Read(nint word) => Volatile.Read(ref *(long*)word);

    private static string Current() => string.Join(' ', PprofLabels.Current.Select(label => $"{label.Key}={label.Value}"));
}
