namespace Pprof.Testing;

/// <summary>
/// How often a test repeats what goes wrong rarely: as often as minutes allow, and with <c>PPROF_LONG_TESTS=1</c> as often
/// as it takes to be sure.
/// </summary>
internal static class Repetitions
{
    private static readonly bool s_areMany = Environment.GetEnvironmentVariable("PPROF_LONG_TESTS") == "1";

    /// <summary>The number for this run.</summary>
    public static int Of(int few, int many) => s_areMany ? many : few;
}
