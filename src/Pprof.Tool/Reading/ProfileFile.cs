using System.IO.Compression;
using Google.Protobuf;

namespace Pprof.Tool.Reading;

/// <summary>A profile as it was read, of whatever made it.</summary>
/// <param name="Name">Where it comes from, for messages.</param>
/// <param name="Title">What it is called in a heading.</param>
/// <param name="Content">Its bytes, compressed.</param>
/// <param name="Profile">The message.</param>
internal sealed record ProfileFile(string Name, string Title, byte[] Content, Proto.Profile Profile)
{
    private static readonly string[] s_extensions = [".gz", ".pb"];

    /// <summary>Reads a file.</summary>
    /// <exception cref="ToolException">It holds no profile.</exception>
    public static async Task<ProfileFile> LoadAsync(string file, CancellationToken cancellationToken)
    {
        if (!File.Exists(file))
        {
            throw new ToolException($"there is no file {file}");
        }

        string title = s_extensions.Aggregate(Path.GetFileName(file), static (name, extension) => name.EndsWith(extension, StringComparison.Ordinal) ? name[..^extension.Length] : name);
        return Parse(await File.ReadAllBytesAsync(file, cancellationToken), file, title);
    }

    /// <summary>Reads what came from <paramref name="name"/>.</summary>
    /// <exception cref="ToolException">It is no profile.</exception>
    public static ProfileFile Parse(byte[] content, string name, string title)
    {
        try
        {
            bool isCompressed = content is [0x1f, 0x8b, ..];
            Proto.Profile profile = Proto.Profile.Parser.ParseFrom(isCompressed ? Decompress(content) : content);
            if (ProfileValidation.Complaint(profile) is { } complaint)
            {
                throw new ToolException($"{name} is no pprof profile{Hint(content)}: {complaint}");
            }

            return new ProfileFile(name, title, isCompressed ? content : Compress(content), profile);
        }
        catch (Exception exception) when (exception is InvalidProtocolBufferException or InvalidDataException)
        {
            throw new ToolException($"{name} is no pprof profile{Hint(content)}", exception);
        }
    }

    /// <summary>Writes a profile.</summary>
    public static Task WriteAsync(Proto.Profile profile, string file, CancellationToken cancellationToken) =>
        File.WriteAllBytesAsync(file, Compress(profile.ToByteArray()), cancellationToken);

    private static byte[] Decompress(byte[] content)
    {
        using var compressed = new GZipStream(new MemoryStream(content), CompressionMode.Decompress);
        var plain = new MemoryStream();
        compressed.CopyTo(plain);
        return plain.ToArray();
    }

    private static byte[] Compress(byte[] content)
    {
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal))
        {
            gzip.Write(content);
        }

        return compressed.ToArray();
    }

    /// <summary>What was probably meant.</summary>
    private static string Hint(byte[] content)
    {
        string start = System.Text.Encoding.Latin1.GetString(content.AsSpan(0, Math.Min(content.Length, 64)));
        return start.StartsWith("Nettrace", StringComparison.Ordinal) || start.Contains("!FastSerialization", StringComparison.Ordinal)
            ? " but a recording of another tool; dotnet pprof convert makes one of it"
            : start.StartsWith("go 1.", StringComparison.Ordinal) ? " but an execution trace, for go tool trace"
            : start.Length > 0 && start.All(static c => c is >= ' ' and < '\x7f' or '\r' or '\n' or '\t') ? " but text; a profile is had without debug="
            : "";
    }
}
