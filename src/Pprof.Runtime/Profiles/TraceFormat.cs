namespace Pprof.Profiles;

/// <summary>The formats in which a trace can be asked for, as the row of the profile names them.</summary>
internal static class TraceFormat
{
    /// <summary>Perfetto's.</summary>
    public const string Perfetto = "perfetto";

    /// <summary>The runtime's own stream of events.</summary>
    public const string Nettrace = "nettrace";
}
