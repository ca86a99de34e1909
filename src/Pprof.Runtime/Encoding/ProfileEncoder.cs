using Pprof.Profiles;
using Pprof.Symbols;

namespace Pprof.Encoding;

/// <summary>Writes a profile as gzip-compressed profile.proto.</summary>
internal static class ProfileEncoder
{
    /// <summary>Encodes <paramref name="profile"/>, naming its frames by <paramref name="symbolizer"/>.</summary>
    public static byte[] Encode(Profile profile, Symbolizer symbolizer) => throw new NotImplementedException();
}
