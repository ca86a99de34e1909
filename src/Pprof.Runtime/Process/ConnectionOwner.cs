namespace Pprof.Process;

/// <summary>Whose the other end of a connection is.</summary>
/// <param name="UserId">The user id, or null.</param>
/// <param name="CanBeKnown">Whether the system tells at all.</param>
internal readonly record struct ConnectionOwner(uint? UserId, bool CanBeKnown)
{
    /// <summary>The system does not tell.</summary>
    public static ConnectionOwner Unknown => new(null, CanBeKnown: false);

    /// <summary>The system tells, and has no such connection: it was closed, or comes from another network namespace.</summary>
    public static ConnectionOwner NotFound => new(null, CanBeKnown: true);

    /// <summary>The other end is of this user.</summary>
    public static ConnectionOwner Of(uint userId) => new(userId, CanBeKnown: true);
}
