using System.Buffers.Binary;
using System.Globalization;
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
    // Some hundred times what services and engines make; a file of some kilobytes may claim to be any number of gigabytes.
    private const int MaxBytes = 512 << 20;
    private const int PartBytes = 64 * 1024;

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
    /// <exception cref="ToolException">It is no profile, or has more than <paramref name="maxBytes"/> before compression.</exception>
    public static ProfileFile Parse(byte[] content, string name, string title, int maxBytes = MaxBytes)
    {
        try
        {
            bool isCompressed = content is [0x1f, 0x8b, ..];
            Proto.Profile profile = Proto.Profile.Parser.ParseFrom(isCompressed ? Decompress(content, name, maxBytes) : content);
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
        OutputFile.WriteAsync(file, Compress(profile.ToByteArray()), cancellationToken);

    private static byte[] Decompress(byte[] content, string name, int maxBytes)
    {
        using var compressed = new GZipStream(new MemoryStream(content), CompressionMode.Decompress);
        var plain = new MemoryStream();
        byte[] part = new byte[PartBytes];
        while (compressed.Read(part) is var read and > 0)
        {
            if (plain.Length + read > maxBytes)
            {
                throw new ToolException(string.Create(CultureInfo.InvariantCulture, $"{name} has more than {maxBytes} bytes before compression"));
            }

            plain.Write(part, 0, read);
        }

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
            : IsOfGperftools(content) ? " but one in the older format of gperftools; go tool pprof -proto makes one of it"
            : start.StartsWith("go 1.", StringComparison.Ordinal) ? " but an execution trace, for go tool trace"
            : start.Length > 0 && start.All(static c => c is >= ' ' and < '\x7f' or '\r' or '\n' or '\t') ? " but text; a profile is had without debug="
            : "";
    }

    /// <summary>
    /// Whether it begins as a CPU profile of gperftools (its docs/cpuprofile-fileformat.html): words of the machine, 0, 3, 0, the
    /// period in microseconds, 0.
    /// </summary>
    private static bool IsOfGperftools(byte[] content) =>
        content.Length >= 5 * sizeof(ulong)
        && WordAt(content, 0) == 0 && WordAt(content, 1) == 3 && WordAt(content, 2) == 0 && WordAt(content, 4) == 0;

    private static ulong WordAt(byte[] content, int index) => BinaryPrimitives.ReadUInt64LittleEndian(content.AsSpan(index * sizeof(ulong)));
}
