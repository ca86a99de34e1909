namespace Pprof.Unwinding;

/// <summary>When code was looked at that may be gone later, and something else in its place.</summary>
internal readonly record struct CodeMoment
{
    /// <summary>That of code which stays.</summary>
    public static readonly CodeMoment Lasting = new(-1, 0);

    // The class library frees the code of a dynamic method after a collection has found that nobody has it any more. Where
    // there are many collections it is not looked up again after each.
    private const int MinAgeMilliseconds = 100;

    private readonly int _collections;
    private readonly int _ticks;

    private CodeMoment(int collections, int ticks) => (_collections, _ticks) = (collections, ticks);

    /// <summary>Now.</summary>
    public static CodeMoment Now => new(GC.CollectionCount(0), Environment.TickCount);

    /// <summary>Whether something else may be in its place by now.</summary>
    public bool MayBeGone =>
        _collections >= 0 && GC.CollectionCount(0) != _collections && unchecked((uint)(Environment.TickCount - _ticks)) > MinAgeMilliseconds;
}
