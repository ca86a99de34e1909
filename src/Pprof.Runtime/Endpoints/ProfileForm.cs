using Pprof.Encoding.Protobuf;
using Pprof.Profiles;
using Pprof.Symbols;

namespace Pprof.Endpoints;

/// <summary>What a client gets of a profile that has been collected.</summary>
/// <param name="ContentType">The type of the response.</param>
/// <param name="IsFile">Whether a browser saves it.</param>
/// <param name="Write">Makes the response's body.</param>
internal sealed record ProfileForm(string ContentType, bool IsFile, Func<Profile, Symbolizer, byte[]> Write)
{
    /// <summary>How large it may become, where it is the profile itself.</summary>
    public ProfileBudget? Budget { get; private init; }

    /// <summary>The profile itself.</summary>
    public static ProfileForm Message(ProfileBudget budget) =>
        new(ResponseText.OctetStream, IsFile: true, (profile, symbolizer) => ProfileEncoder.Encode(profile, symbolizer, budget)) { Budget = budget };

    /// <summary>The body, with names as they are now.</summary>
    public byte[] Of(Profile profile) => Write(profile, Symbolizer.Create());
}
