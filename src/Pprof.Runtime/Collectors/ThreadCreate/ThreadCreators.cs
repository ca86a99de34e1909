namespace Pprof.Collectors.ThreadCreate;

/// <summary>
/// Who created a thread, for collectors that show threads and do not watch them being created. A program that leaves the
/// profile of created threads out has none of what knows it.
/// </summary>
internal static class ThreadCreators
{
    private static volatile Func<Func<int, nuint[]>>? s_read;

    /// <summary>From now on this one tells.</summary>
    public static void AreKnownBy(Func<Func<int, nuint[]>> read) => s_read = read;

    /// <summary>
    /// What is known now: gives for the system's id of a thread the stack that created it, leaf first; an empty one where
    /// that is not known.
    /// </summary>
    public static Func<int, nuint[]> Read() => s_read?.Invoke() ?? (static _ => []);
}
