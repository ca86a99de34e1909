using System.Numerics;
using System.Runtime.CompilerServices;
using Pprof.Runtime.Tests.Collectors.Waits;
using Pprof.Runtime.Tests.Sources.Snapshot;
using Pprof.Sources.Snapshot;
using Xunit;

namespace Pprof.Runtime.Tests.Collectors.Heap;

/// <summary>Types that are on a way more than once: what repeats itself is short, and whoever stands between two containers is there.</summary>
[Collection(nameof(SnapshotCollection))]
public sealed class RecurringTypesTests : IDisposable
{
    private const int Count = 300;

    // So large that a way is kept apart whatever other tests have left.
    private const int Length = 20_000;

    private static object? s_holder;

    public void Dispose()
    {
        LiveHeapSource.EventLimit.Set(PprofOptions.DefaultSnapshotEventLimit);
        s_holder = null;
    }

    /// <summary>The subscribers of an event are in an <c>object[]</c>, and what lies in a <c>List&lt;object&gt;</c> is in another.</summary>
    [Theory]
    [HeapWays]
    public void APublisherStandsBetweenItsSubscribersAndAListThatHoldsIt(HeapWay way)
    {
        HeapLook.OnThread(static () =>
        {
            var publisher = new Publisher();
            for (int i = 0; i < Count; i++)
            {
                publisher.Changed += new Subscriber(new OfSubscriber[Length / Count]).On;
            }

            s_holder = new List<object> { new Service(publisher) };
        });

        AssertWay(
            way, Count,
            [
                nameof(OfSubscriber) + "[]", Holder(way, nameof(Subscriber), "Held"), HeapLook.Holder(way, "System.EventHandler", "_target"), Holder(way, nameof(Publisher), "Changed"),
                Holder(way, nameof(Service), "Publisher"), "object[]", HeapLook.Holder(way, "List<object>", "_items"),
            ]);
    }

    /// <summary>Each is a step of its own: the second container, and what it keeps its objects in.</summary>
    [Theory]
    [HeapWays]
    public void WhoeverHasADictionaryStandsBetweenItAndOneThatHoldsHim(HeapWay way)
    {
        HeapLook.OnThread(static () => s_holder = new Dictionary<string, object>
        {
            ["service"] = new Owner(new Dictionary<string, object> { ["held"] = new OfDictionary[Length] }),
        });

        string entries = "Dictionary<string, object>.Entry[]";
        string dictionary = HeapLook.Holder(way, "Dictionary<string, object>", "_entries");
        AssertWay(way, 1, [nameof(OfDictionary) + "[]", entries, dictionary, Holder(way, nameof(Owner), "Held"), entries, dictionary]);
    }

    [Theory]
    [HeapWays]
    public void WhoeverHasAnArrayStandsBetweenItAndOneThatHoldsHim(HeapWay way)
    {
        HeapLook.OnThread(static () => s_holder = new object[] { new Owner(new object[] { new OfArray[Length] }) });

        AssertWay(way, 1, [nameof(OfArray) + "[]", "object[]", Holder(way, nameof(Owner), "Held"), "object[]"]);
    }

    [Theory]
    [HeapWays]
    public void ATreeIsOneFrameHoweverDeepItIs(HeapWay way)
    {
        HeapLook.OnThread(static () =>
        {
            var top = new Branch([], null);
            for (int i = 1; i < Count; i++)
            {
                top = new Branch([top], i == 1 ? new OfBranch[Length] : null);
            }

            s_holder = top;
        });

        AssertWay(way, 1, [nameof(OfBranch) + "[]", Holder(way, nameof(Branch), "Held")]);
    }

    [Theory]
    [HeapWays]
    public void DictionariesOfEachOtherAreTwoFramesHoweverManyThereAre(HeapWay way)
    {
        HeapLook.OnThread(static () =>
        {
            object top = new OfNested[Length];
            for (int i = 0; i < Count; i++)
            {
                top = new Dictionary<int, object> { [0] = top };
            }

            s_holder = top;
        });

        AssertWay(way, 1, [nameof(OfNested) + "[]", "Dictionary<int, object>.Entry[]", HeapLook.Holder(way, "Dictionary<int, object>", "_entries")]);
    }

    /// <summary>That a step leads from one to the next is seen when it has done so once.</summary>
    [Theory]
    [HeapWays]
    public void ALongerStepIsThereOnceHoweverOftenItIsTaken(HeapWay way)
    {
        HeapLook.OnThread(static () =>
        {
            var top = new Folder(new OfFolder[Length]);
            for (int i = 1; i < Count; i++)
            {
                top = new Folder(null) { Folders = { top } };
            }

            s_holder = top;
        });

        AssertWay(
            way, 1,
            [nameof(OfFolder) + "[]", Holder(way, nameof(Folder), "Held"), "Folder[]", HeapLook.Holder(way, "Folder>", "_items"), Holder(way, nameof(Folder), "Folders")]);
    }

    /// <summary>Three types that follow each other in such an order that no part of it comes twice in a row (Thue).</summary>
    [Theory]
    [HeapWays]
    public void AWayThatNeverRepeatsItselfEndsNevertheless(HeapWay way)
    {
        const int Links = 100_000;
        HeapLook.OnThread(static () =>
        {
            for (uint i = 0; i < Links; i++)
            {
                Kind next = NewKind((BitOperations.PopCount(i + 1) & 1) - (BitOperations.PopCount(i) & 1) + 1);
                next.Parts[0] = (Kind?)s_holder;
                s_holder = next;
            }
        });

        List<NamedSample> samples = OfKinds(way);

        Assert.InRange(samples.Max(static sample => sample.Stack.Count), 4, 48);
        Assert.Equal(Links, samples.Sum(static sample => sample.Values[0]));
    }

    /// <summary>Trees of everything have as many ways as objects. Most are kept apart nevertheless, and do not crowd others out.</summary>
    [Theory]
    [HeapWays]
    public void WhereThereAreManyWaysMostAreKept(HeapWay way)
    {
        const int Kinds = 300_000;
        HeapLook.OnThread(static () =>
        {
            var random = new Random(1);
            List<Kind> all = [NewKind(0)];
            while (all.Count < Kinds)
            {
                ref Kind? part = ref all[random.Next(all.Count)].Parts[random.Next(3)];
                if (part is null)
                {
                    all.Add(part = NewKind(random.Next(4)));
                }
            }

            s_holder = all[0];
        });

        List<NamedSample> samples = OfKinds(way);

        Assert.Equal(Kinds, samples.Sum(static sample => sample.Values[0]));
        Assert.InRange(samples.Where(static sample => !sample.Has("[rare stacks]")).Sum(static sample => sample.Values[0]), Kinds / 2, Kinds);
    }

    private static Kind NewKind(int number) => number switch { 0 => new First(), 1 => new Second(), 2 => new Third(), _ => new Fourth() };

    private static List<NamedSample> OfKinds(HeapWay way)
    {
        string[] kinds = [nameof(First), nameof(Second), nameof(Third), nameof(Fourth)];
        string root = HeapLook.StaticField(way, nameof(RecurringTypesTests), nameof(s_holder));

        return HeapLook.Retained(way).FindAll(sample => sample.Stack[^1].EndsWith(root, StringComparison.Ordinal)
            && Array.Exists(kinds, kind => sample.Stack[0].EndsWith($"{nameof(RecurringTypesTests)}.{kind}", StringComparison.Ordinal)));
    }

    private static void AssertWay(HeapWay way, long count, string[] ends)
    {
        ends = [.. ends, HeapLook.StaticField(way, nameof(RecurringTypesTests), nameof(s_holder))];

        // What the other way has left on a stack is held by that.
        NamedSample sample = HeapLook.Of(
            HeapLook.Retained(way).FindAll(sample => sample.Stack[^1].EndsWith(ends[^1], StringComparison.Ordinal)), $"{nameof(RecurringTypesTests)}.{ends[0]}");

        Assert.Equal(ends, sample.Stack.Select((name, i) => i < ends.Length && name.EndsWith(ends[i], StringComparison.Ordinal) ? ends[i] : name));
        Assert.Equal(count, sample.Values[0]);
    }

    private static string Holder(HeapWay way, string type, string field) => HeapLook.Holder(way, $"{nameof(RecurringTypesTests)}.{type}", field);

    private sealed class Publisher
    {
        public event EventHandler? Changed;

        public void Change() => Changed?.Invoke(this, EventArgs.Empty);
    }

    private sealed class Subscriber(object held)
    {
        public object Held { get; } = held;

        public void On(object? sender, EventArgs e) => GC.KeepAlive(Held);
    }

    private sealed record Service(Publisher Publisher);

    private sealed record Owner(object Held);

    private sealed record Branch(Branch[] Branches, object? Held);

    private sealed record Folder(object? Held)
    {
        public List<Folder> Folders { get; } = [];
    }

    /// <summary>Each of its references is at a place of its own.</summary>
    private abstract class Kind
    {
        private Places _parts;

        public Span<Kind?> Parts => _parts;
    }

    [InlineArray(3)]
    private struct Places
    {
        private Kind? _first;
    }

    private sealed class First : Kind;

    private sealed class Second : Kind;

    private sealed class Third : Kind;

    private sealed class Fourth : Kind;

    private sealed class OfSubscriber;

    private sealed class OfDictionary;

    private sealed class OfArray;

    private sealed class OfBranch;

    private sealed class OfNested;

    private sealed class OfFolder;
}
