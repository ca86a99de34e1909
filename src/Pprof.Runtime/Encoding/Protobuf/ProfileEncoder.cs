using System.IO.Compression;
using Pprof.Profiles;
using Pprof.Symbols;

namespace Pprof.Encoding.Protobuf;

/// <summary>Writes a profile as gzip-compressed profile.proto, the form that <c>go tool pprof</c> reads.</summary>
internal static class ProfileEncoder
{
    // How much less than the measured share of the samples is tried next: names do not become fewer as samples do.
    private const double Margin = 0.9;

    // Where a profile is subtracted from the next, so much is left: for its values, which become longer, and for a sample under
    // which new ones can be added up.
    private const int Reserve = 16;

    // How many times less compressed profiles are.
    private const int UsualCompression = 4;

    /// <summary>
    /// Encodes <paramref name="profile"/>, naming its frames by <paramref name="symbolizer"/>. What is larger than
    /// <paramref name="budget"/> is made smaller before.
    /// </summary>
    /// <param name="profile">The profile.</param>
    /// <param name="symbolizer">Names its frames.</param>
    /// <param name="budget">How large it may become.</param>
    /// <param name="served">What was made of its samples before, and is to be made of them again; null where nobody subtracts.</param>
    public static byte[] Encode(Profile profile, Symbolizer symbolizer, ProfileBudget budget, ServedSamples? served = null)
    {
        using ProfileMessage message = MessageWithin(budget, profile, symbolizer, served);
        using var buffer = new PooledBytes(message.Bytes.Length / UsualCompression);
        using (var gzip = new GZipStream(buffer, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(message.Bytes.Span);
        }

        return buffer.Written.ToArray();
    }

    private static int Less(int bound) => bound - (bound / Reserve);

    private static ProfileMessage MessageWithin(ProfileBudget budget, Profile profile, Symbolizer symbolizer, ServedSamples? served)
    {
        SampleTable samples = profile.Samples;
        ProfileBudget forNew = served is null ? budget : new(Less(budget.Samples), Less(budget.Bytes));
        int most = forNew.Samples;
        if (served is not { IsReduced: true } && forNew.AllowsSamples(samples.Count))
        {
            var whole = ProfileMessage.Of(profile, symbolizer);
            int length = whole.Bytes.Length;
            if (forNew.AllowsBytes(length) || samples.Count <= 1)
            {
                served?.Remember(samples);
                return whole;
            }

            whole.Dispose();
            most = Fewer(samples.Count, length);
        }

        int[] known = served?.FormsOf(samples) ?? AllOpen();
        while (true)
        {
            var reduction = ProfileReduction.To(profile, known, most == 0 ? samples.Count : most);
            var message = ProfileMessage.Of(reduction.Profile, symbolizer);
            int length = message.Bytes.Length;
            int count = reduction.Profile.Samples.Count;
            ProfileBudget allowed = reduction.IsChosen ? forNew : budget;
            bool fits = allowed.AllowsSamples(count) && allowed.AllowsBytes(length);
            if (fits || count <= 1)
            {
                served?.Remember(samples, reduction.Forms);
                return message;
            }

            if (!reduction.IsChosen)
            {
                // What was decided before is too large by itself: this once it is another selection than the last.
                known = AllOpen();
            }

            message.Dispose();
            most = Fewer(count, length);
        }

        int Fewer(int count, int bytes) =>
            forNew.AllowsBytes(bytes) ? forNew.Samples : Math.Max(1, (int)(count * Margin * forNew.Bytes / bytes));

        int[] AllOpen()
        {
            int[] open = new int[samples.Count];
            Array.Fill(open, ProfileReduction.Open);
            return open;
        }
    }
}
