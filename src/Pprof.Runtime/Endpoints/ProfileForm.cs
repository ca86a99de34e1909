using Pprof.Encoding.Protobuf;
using Pprof.Profiles;
using Pprof.Symbols;

namespace Pprof.Endpoints;

/// <summary>What a client gets of a profile that has been collected.</summary>
/// <param name="contentType">The type of the response.</param>
/// <param name="isFile">Whether a browser saves it.</param>
/// <param name="write">Makes the response's body.</param>
internal sealed class ProfileForm(string contentType, bool isFile, Func<Profile, Symbolizer, byte[]> write)
{
    /// <summary>How, where it is the profile itself.</summary>
    public MessageForm? Message { get; private init; }

    /// <summary>The profile itself.</summary>
    /// <param name="message">How it is sent.</param>
    /// <param name="served">What was made of its samples in this form before, where engines subtract one from the next.</param>
    public static ProfileForm OfMessage(MessageForm message, ServedSamples? served = null) =>
        new(ResponseText.OctetStream, isFile: true, (profile, symbolizer) => ProfileEncoder.Encode(profile, symbolizer, message.Budget, served)) { Message = message };

    /// <summary>The type of the response.</summary>
    public string ContentType { get; } = contentType;

    /// <summary>Whether a browser saves it.</summary>
    public bool IsFile { get; } = isFile;

    /// <summary>The body, with names as they are now.</summary>
    public byte[] Of(Profile profile) => write(profile, Symbolizer.Create(Message is { LeavesNative: true }));
}
