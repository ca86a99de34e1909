using System.IO.Compression;
using Pprof.Profiles;
using Pprof.Symbols;

namespace Pprof.Encoding.Protobuf;

/// <summary>Writes a profile as gzip-compressed profile.proto, the form that <c>go tool pprof</c> reads.</summary>
internal static class ProfileEncoder
{
    // How much less than the measured share of the samples is tried next: names do not become fewer as samples do.
    private const double Margin = 0.9;

    /// <summary>
    /// Encodes <paramref name="profile"/>, naming its frames by <paramref name="symbolizer"/>. What is larger than
    /// <paramref name="budget"/> is made smaller before.
    /// </summary>
    public static byte[] Encode(Profile profile, Symbolizer symbolizer, ProfileBudget budget)
    {
        using var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(MessageWithin(budget, profile, symbolizer).Span);
        }

        return buffer.ToArray();
    }

    private static ReadOnlyMemory<byte> MessageWithin(ProfileBudget budget, Profile profile, Symbolizer symbolizer)
    {
        Profile reduced = budget.AllowsSamples(profile.Samples.Count) ? profile : ProfileReduction.To(profile, budget.Samples);
        while (true)
        {
            ReadOnlyMemory<byte> message = ProfileMessage.Of(reduced, symbolizer);
            int count = reduced.Samples.Count;
            if (budget.AllowsBytes(message.Length) || count <= 1)
            {
                return message;
            }

            int most = (int)(count * Margin * budget.Bytes / message.Length);
            reduced = ProfileReduction.To(profile, Math.Max(1, most));
        }
    }
}
