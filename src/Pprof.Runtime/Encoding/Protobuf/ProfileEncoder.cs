using System.IO.Compression;
using Pprof.Profiles;
using Pprof.Symbols;

namespace Pprof.Encoding.Protobuf;

/// <summary>Writes a profile as gzip-compressed profile.proto, the form that <c>go tool pprof</c> reads.</summary>
internal static class ProfileEncoder
{
    /// <summary>Encodes <paramref name="profile"/>, naming its frames by <paramref name="symbolizer"/>.</summary>
    public static byte[] Encode(Profile profile, Symbolizer symbolizer)
    {
        using var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(ProfileMessage.Of(profile, symbolizer).Span);
        }

        return buffer.ToArray();
    }
}
