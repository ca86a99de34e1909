namespace Pprof.Profiles;

/// <summary>How large a profile may become. Engines refuse larger ones as a whole.</summary>
/// <param name="Samples">The number of samples, or 0 for any.</param>
/// <param name="Bytes">The bytes of its message before compression, or 0 for any.</param>
internal readonly record struct ProfileBudget(int Samples, int Bytes)
{
    /// <summary>Any size.</summary>
    public static ProfileBudget Any => default;

    /// <summary>Whether a profile of <paramref name="samples"/> samples is within it.</summary>
    public bool AllowsSamples(int samples) => Samples == 0 || samples <= Samples;

    /// <summary>Whether a message of <paramref name="bytes"/> bytes is within it.</summary>
    public bool AllowsBytes(int bytes) => Bytes == 0 || bytes <= Bytes;
}
