namespace Pprof.Runtime.Tests.Encoding.Trace;

/// <summary>Events out of order, as <see cref="Disorder"/> says.</summary>
internal static class Disordered
{
    private const int Neighbors = 16;

    public static List<T> Of<T>(List<T> events, Disorder disorder, Random random) => disorder switch
    {
        Disorder.Repeated => Repeated(events, random),
        Disorder.Truncated => Truncated(events, random),
        Disorder.Reordered => Reordered(events, random),
        Disorder.All => Reordered(Repeated(Truncated(events, random), random), random),
        _ => events,
    };

    private static List<T> Repeated<T>(List<T> events, Random random)
    {
        List<T> twice = [.. events.SelectMany(item => Enumerable.Repeat(item, random.Next(4) == 0 ? 2 : 1))];
        (int from, int count) = Stretch(twice.Count, random);
        twice.InsertRange(from + count, twice.GetRange(from, count));
        return twice;
    }

    private static List<T> Truncated<T>(List<T> events, Random random)
    {
        List<T> left = [.. events.Skip(random.Next(events.Count / 4)).SkipLast(random.Next(events.Count / 4))];
        (int from, int count) = Stretch(left.Count, random);
        left.RemoveRange(from, count);
        return left;
    }

    private static List<T> Reordered<T>(List<T> events, Random random)
    {
        T[] array = [.. events];
        for (int i = 0; i < array.Length; i += Neighbors)
        {
            random.Shuffle(array.AsSpan(i, Math.Min(Neighbors, array.Length - i)));
        }

        return [.. array];
    }

    private static (int From, int Count) Stretch(int events, Random random)
    {
        int from = random.Next(events / 2);
        return (from, random.Next(events / 4));
    }
}
