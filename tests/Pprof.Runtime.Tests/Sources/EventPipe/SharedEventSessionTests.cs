using System.Diagnostics;
using System.Reflection;
using Pprof.Process;
using Pprof.Sources.EventPipe;
using Pprof.Testing;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.EventPipe;

[Collection(nameof(EventPipeCollection))]
public class SharedEventSessionTests
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(20);

    [Fact]
    public void EventsOfBeforeTheFlushAreDelivered()
    {
        var session = new SharedEventSession();
        var consumer = new RecordingConsumer();
        using (session.Join(consumer, CountingSource.Numbers))
        {
            CountingSource.Instance.Number(1, 7);
            Assert.True(session.Flush(s_timeout));
            Assert.Equal([(1, 1L, 7L)], consumer.Events);
        }

        Assert.True(session.Settle(s_timeout));
    }

    [Fact]
    public void ConsumersGetTheEventsWhoseIdsTheyAskForAndNoOthers()
    {
        var session = new SharedEventSession();
        var numbers = new RecordingConsumer();
        var same = new RecordingConsumer();
        using (session.Join(numbers, CountingSource.NumbersButSame))
        {
            CountingSource.Instance.Number(1, 1);
            CountingSource.Instance.Same();
            using (session.Join(same, CountingSource.OnlySame))
            {
                CountingSource.Instance.Number(1, 2);
                CountingSource.Instance.Same();
                Assert.True(session.Flush(s_timeout));
            }
        }

        Assert.Equal([(1, 1L, 1L), (1, 1L, 2L)], numbers.Events);
        Assert.Equal([3], same.Events.Select(data => data.Id));
    }

    [Fact]
    public void StackOfAnEventStartsInTheCodeThatWroteIt()
    {
        var session = new SharedEventSession();
        var consumer = new RecordingConsumer();
        using (session.Join(consumer, CountingSource.Numbers))
        {
            CountingSource.Instance.Number(1, 1);
            session.Flush(s_timeout);
        }

        string?[] names = [.. consumer.LastFrames.Select(address => MethodAt((nint)address)?.Name)];
        Assert.Contains(nameof(StackOfAnEventStartsInTheCodeThatWroteIt), names);
        Assert.True(Array.IndexOf(names, nameof(CountingSource.Number)) < Array.IndexOf(names, nameof(StackOfAnEventStartsInTheCodeThatWroteIt)));
    }

    [Fact]
    public void ChangingWhatIsAskedForDeliversEachEventOnceToThoseWhoStay()
    {
        var session = new SharedEventSession();
        var consumer = new RecordingConsumer();
        long[] written = new long[6];
        using EventSubscription subscription = session.Join(consumer, CountingSource.Numbers);
        using (var stop = new CancellationTokenSource())
        {
            Thread[] writers = [.. Enumerable.Range(0, written.Length).Select(i => new Thread(() =>
            {
                var pause = new SpinWait();
                while (!stop.IsCancellationRequested)
                {
                    CountingSource.Instance.Number(i, ++written[i]);
                    CountingSource.Instance.Other(i, written[i]);
                    for (int spin = 0; spin < 20 * (i + 1); spin++)
                    {
                        pause.SpinOnce(sleep1Threshold: -1);
                    }
                }
            }))];
            Array.ForEach(writers, writer => writer.Start());
            for (int round = 0; round < 12; round++)
            {
                using EventSubscription passing = session.Join(new RecordingConsumer(), CountingSource.Others);
                session.Flush(s_timeout);
            }

            stop.Cancel();
            Array.ForEach(writers, writer => writer.Join());
        }

        Assert.True(session.Flush(s_timeout));
        Assert.Equal(0, consumer.Lost);
        for (int i = 0; i < written.Length; i++)
        {
            long[] numbers = [.. consumer.Events.Where(e => e.Thread == i).Select(e => e.Number)];
            Assert.Equal(written[i], numbers.Length);
            Assert.Equal(numbers.Order(), numbers);
            Assert.Equal(written[i], numbers.Distinct().Count());
        }
    }

    [Fact]
    public void EventsThatCannotBeToldApartAreCountedOnceAcrossChanges()
    {
        var session = new SharedEventSession();
        var consumer = new RecordingConsumer();
        long written = 0;
        using EventSubscription subscription = session.Join(consumer, CountingSource.Numbers);
        using (var stop = new CancellationTokenSource())
        {
            Thread[] writers = [.. Enumerable.Range(0, 3).Select(_ => new Thread(() =>
            {
                while (!stop.IsCancellationRequested)
                {
                    CountingSource.Instance.Same();
                    Interlocked.Increment(ref written);
                    Thread.SpinWait(2000);
                }
            }))];
            Array.ForEach(writers, writer => writer.Start());
            for (int round = 0; round < 12; round++)
            {
                using EventSubscription passing = session.Join(new RecordingConsumer(), CountingSource.Others);
                session.Flush(s_timeout);
            }

            stop.Cancel();
            Array.ForEach(writers, writer => writer.Join());
        }

        Assert.True(session.Flush(s_timeout));
        Assert.Equal(0, consumer.Lost);
        Assert.Equal(written, consumer.Events.Count(e => e.Id == 3));
    }

    [Fact]
    public void ConsumerGetsOnlyWhatItAskedFor()
    {
        var session = new SharedEventSession();
        var numbers = new RecordingConsumer();
        var others = new RecordingConsumer();
        using EventSubscription first = session.Join(numbers, CountingSource.Numbers);
        using EventSubscription second = session.Join(others, CountingSource.Others);
        CountingSource.Instance.Number(1, 1);
        CountingSource.Instance.Other(1, 2);
        Assert.True(session.Flush(s_timeout));
        Assert.Equal([(1, 1L, 1L)], numbers.Events);
        Assert.Equal([(2, 1L, 2L)], others.Events);
    }

    [Fact]
    public void FailureOfOneConsumerLeavesTheOthersAlone()
    {
        var session = new SharedEventSession();
        var failing = new RecordingConsumer { Seen = _ => throw new InvalidDataException("broken") };
        var healthy = new RecordingConsumer();
        using EventSubscription first = session.Join(failing, CountingSource.Numbers);
        using EventSubscription second = session.Join(healthy, CountingSource.Numbers);
        CountingSource.Instance.Number(1, 1);
        Assert.True(session.Flush(s_timeout));
        Assert.Single(healthy.Events);
        Assert.Contains("broken", first.Failure);
        Assert.Null(second.Failure);
    }

    [Fact]
    public void WhatTheSessionsOwnThreadsDoIsNotDelivered()
    {
        var session = new SharedEventSession();
        var consumer = new RecordingConsumer();
        int own = 0;
        using (session.Join(consumer, CountingSource.Numbers))
        {
            Thread thread = OwnThreads.Start("test", () =>
            {
                CountingSource.Instance.Number(1, 1);
                own++;
            });
            thread.Join();
            CountingSource.Instance.Number(1, 2);
            Assert.True(session.Flush(s_timeout));
        }

        Assert.Equal(1, own);
        Assert.Equal([(1, 1L, 2L)], consumer.Events);
    }

    /// <summary>
    /// Half as many sessions again as the runtime has room for. Each takes 100 ms, the rhythm of the runtime, so eight are under
    /// way at a time.
    /// </summary>
    [Fact]
    public void ManySessionsLeaveNoThreadAndNoDescriptor()
    {
        int rounds = Repetitions.Of(few: 6, many: 32);
        SharedEventSession[] sessions = [.. Enumerable.Range(0, 8).Select(static _ => new SharedEventSession())];
        OnThreads(1);
        int threads = Tasks();
        int descriptors = Descriptors();
        OnThreads(rounds);

        // The pool, the timer and the test host come and go, too.
        Assert.True(SpinWait.SpinUntil(() => Tasks() < threads + 20, s_timeout), $"{threads} threads have become {Tasks()}");
        Assert.True(SpinWait.SpinUntil(() => Descriptors() < descriptors + 20, s_timeout), $"{descriptors} descriptors have become {Descriptors()}");

        void OnThreads(int each) => Assert.All(
            Task.WhenAll(sessions.Select(session => Task.Factory.StartNew(() => AllSettle(session, each), TaskCreationOptions.LongRunning))).Result,
            Assert.True);

        static bool AllSettle(SharedEventSession session, int rounds) => Enumerable.Range(0, rounds).All(_ =>
        {
            session.Join(new RecordingConsumer(), CountingSource.Numbers).Dispose();
            return session.Settle(s_timeout);
        });

        static int Tasks() => System.Diagnostics.Process.GetCurrentProcess().Threads.Count;
        static int Descriptors() => OperatingSystem.IsLinux() ? Directory.GetFiles("/proc/self/fd").Length : System.Diagnostics.Process.GetCurrentProcess().HandleCount;
    }

    [Fact]
    public void SessionThatWasHandedOverIsForgotten()
    {
        var session = new SharedEventSession();
        using EventSubscription staying = session.Join(new RecordingConsumer(), CountingSource.Numbers);
        WeakReference first = Current(session);
        for (int i = 0; i < 20; i++)
        {
            session.Join(new RecordingConsumer(), CountingSource.Others).Dispose();
            Assert.True(session.Settle(s_timeout));
        }

        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                GC.Collect();
                return !first.IsAlive;
            },
            s_timeout));

        static WeakReference Current(SharedEventSession session) => new(
            typeof(SharedEventSession).GetField("_current", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(session));
    }

    [Fact]
    public void SessionIsRenewedAfterManyThreadsAndLosesNothing()
    {
        const int Threads = 4_500;
        var session = new SharedEventSession();
        var consumer = new RecordingConsumer();
        using EventSubscription subscription = session.Join(consumer, CountingSource.Numbers);
        object first = Current();
        for (int i = 0; i < Threads; i++)
        {
            int number = i;
            var thread = new Thread(() => CountingSource.Instance.Number(0, number), 128 * 1024);
            thread.Start();
            thread.Join();
            if (number % 200 == 0)
            {
                // A thread takes 100 KB of the session's 64 MB until its event has been read; the events of threads that
                // find no room are lost, and nobody counts them.
                Assert.True(session.Flush(s_timeout));
            }
        }

        Assert.True(SpinWait.SpinUntil(() => Current() != first, s_timeout));
        Assert.True(session.Flush(s_timeout));
        Assert.Equal(0, consumer.Lost);
        Assert.Equal(Enumerable.Range(0, Threads).Select(static number => (long)number), consumer.Events.Select(e => e.Number));

        object Current() => typeof(SharedEventSession).GetField("_current", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(session)!;
    }

    [Fact]
    public void SessionThatBreaksIsOpenedAgain()
    {
        var session = new SharedEventSession();
        var consumer = new RecordingConsumer();
        using EventSubscription subscription = session.Join(consumer, CountingSource.Numbers);
        Break(session);
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                CountingSource.Instance.Number(1, 1);
                session.Flush(TimeSpan.FromSeconds(1));
                return consumer.Events.Count > 0;
            },
            s_timeout));
        Assert.True(consumer.Lost > 0);
        Assert.Null(subscription.Failure);

        // As when the connection is lost.
        static void Break(SharedEventSession session)
        {
            object current = typeof(SharedEventSession).GetField("_current", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(session)!;
            var pipe = (Microsoft.Diagnostics.NETCore.Client.EventPipeSession)typeof(EventSession)
                .GetField("_session", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(current)!;
            pipe.EventStream.Dispose();
        }
    }

    [Fact]
    public void FieldsOfTheEventRecordAreWhereTheyAreReadFrom()
    {
        FieldInfo? field = typeof(Microsoft.Diagnostics.Tracing.TraceEvent).GetField(EventRecord.RecordField, BindingFlags.Instance | BindingFlags.NonPublic);
        Assert.NotNull(field);
        Type record = field.FieldType.GetElementType()!;
        Assert.Equal(EventRecord.ExtendedDataCountOffset, Offset("ExtendedDataCount"));
        Assert.Equal(EventRecord.ExtendedDataOffset, Offset("ExtendedData"));
        Assert.Equal(EventRecord.TimestampOffset, (int)System.Runtime.InteropServices.Marshal.OffsetOf(record.GetField("EventHeader")!.FieldType, "TimeStamp"));
        Assert.Equal(0, Offset("EventHeader"));

        int Offset(string name) => (int)System.Runtime.InteropServices.Marshal.OffsetOf(record, name);
    }

    private static MethodBase? MethodAt(nint address) =>
        (MethodBase?)typeof(StackFrame).GetMethod("GetMethodFromNativeIP", BindingFlags.Static | BindingFlags.NonPublic)!.Invoke(null, [address]);
}
