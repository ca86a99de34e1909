namespace Pprof.Profiles;

/// <summary>A thread at the moment when its stack was read.</summary>
/// <param name="Id">Its id in the operating system.</param>
/// <param name="Name">Its name; null where it is not known.</param>
/// <param name="State">What it was doing: <c>running</c>, or what it waited for.</param>
/// <param name="Waiting">How long it had not run at the least; null where that is not known.</param>
/// <param name="IsManaged">Whether managed code is on its stack.</param>
/// <param name="WaitingFrames">Innermost frames that are only how the runtime waits for what <paramref name="State"/> says.</param>
/// <param name="Sample">The index of the sample that has its stack and labels.</param>
internal sealed record ProfileThread(int Id, string? Name, string State, TimeSpan? Waiting, bool IsManaged, int WaitingFrames, int Sample)
{
    /// <summary>The stack that created it, leaf first; empty where that is not known.</summary>
    public IReadOnlyList<nuint> Creator { get; init; } = [];
}
