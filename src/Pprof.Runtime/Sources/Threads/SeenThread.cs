using Pprof.Profiles;

namespace Pprof.Sources.Threads;

/// <summary>A thread at the moment when its stack was read.</summary>
/// <param name="SystemId">Its id in the operating system.</param>
/// <param name="Name">Its name, of which the system keeps 15 bytes; null where it is not known.</param>
/// <param name="State">What it was doing: <c>running</c>, or what it waited for.</param>
/// <param name="Waiting">How long it had not run at the least; null where that is not known.</param>
/// <param name="IsManaged">Whether managed code is on its stack.</param>
/// <param name="WaitingFrames">Innermost frames that are only how the runtime waits for what <paramref name="State"/> says.</param>
/// <param name="Labels">The labels that held on it.</param>
internal readonly record struct SeenThread(
    int SystemId, string? Name, string State, TimeSpan? Waiting, bool IsManaged, int WaitingFrames, LabelSet Labels);
