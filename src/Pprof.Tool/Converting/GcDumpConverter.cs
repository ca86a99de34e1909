using Pprof.Encoding.Protobuf;
using Pprof.Profiles;
using Pprof.Symbols.Managed;

namespace Pprof.Tool.Converting;

/// <summary>Makes a profile of what was alive when a dump was taken: types with their objects and bytes.</summary>
internal static class GcDumpConverter
{
    private const string LargeObjects = " (Bytes ";

    // As of heap?view=types.
    private static readonly ProfileShape s_shape = new()
    {
        SampleTypes = [new("objects", "count"), new("space", "bytes")],
        PeriodType = new("space", "bytes"),
    };

    /// <summary>The profile, encoded.</summary>
    /// <exception cref="ToolException">The dump cannot be read.</exception>
    public static byte[] Convert(string file)
    {
        IReadOnlyList<GcDumpType> types;
        try
        {
            types = GcDump.Read(file);
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException)
        {
            throw new ToolException($"{file} cannot be read: {exception.Message}", exception);
        }

        var frames = new TraceFrames("");
        var profile = new Profile
        {
            Shape = s_shape,
            TimeNanos = (File.GetLastWriteTimeUtc(file) - DateTime.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick,
        };
        profile.Comments.Add("a .gcdump file: the objects that were alive, by type; the time is that of the file");
        foreach (GcDumpType type in types)
        {
            // Large objects are listed apart: System.String (Bytes > 10K).
            int size = type.Name.IndexOf(LargeObjects, StringComparison.Ordinal);
            string name = size > 0 ? type.Name[..size] : type.Name;
            LabelSet labels = size > 0 ? new LabelSet([new Label("size", type.Name[(size + LargeObjects.Length)..].TrimEnd(')'))]) : LabelSet.Empty;
            nuint frame = frames.AddressOf(TypeName.Of(name), name, type.Module.Length > 0 ? type.Module : TraceFrames.Synthetic);
            profile.Samples.Add([frame], labels, type.Objects, type.Bytes);
        }

        return ProfileEncoder.Encode(profile, frames, ProfileBudget.Any);
    }
}
