using System.Runtime.InteropServices;
using System.Text.Json;
using Pprof.Process;

namespace Pprof.Symbols.CoreClr;

/// <summary>
/// The description of its own data structures that CoreCLR carries for debuggers (dotnet/runtime,
/// docs/design/datacontracts/contract-descriptor.md and data_descriptor.md).
/// </summary>
internal static unsafe class RuntimeContract
{
    private const string Symbol = "DotNetRuntimeContractDescriptor";

    // "DNCCDAC\0"
    private const ulong Magic = 0x0043_4144_4343_4e44;
    private const int MaxLength = 1 << 20;

    private static readonly Lazy<JsonElement?> s_types = new(Read, LazyThreadSafetyMode.PublicationOnly);

    /// <summary>How many bytes from the start of a structure one of its fields is; null where the runtime does not tell.</summary>
    public static int? OffsetOf(string type, string field) =>
        s_types.Value is { } types
        && types.TryGetProperty(type, out JsonElement fields) && fields.ValueKind == JsonValueKind.Object
        && fields.TryGetProperty(field, out JsonElement place)
            ? OffsetIn(place)
            : null;

    // A field is an offset, or an array of the offset and the name of its type.
    private static int? OffsetIn(JsonElement place)
    {
        if (place.ValueKind == JsonValueKind.Array && place.GetArrayLength() > 0)
        {
            place = place[0];
        }

        return place.ValueKind == JsonValueKind.Number && place.TryGetInt32(out int offset) && offset >= 0 ? offset : null;
    }

    private static JsonElement? Read()
    {
        try
        {
            if (!TryFind(out nint address))
            {
                return null;
            }

            var header = default(Header);
            if (!ProcessMemory.TryRead((nuint)address, MemoryMarshal.AsBytes(new Span<Header>(ref header)))
                || header.Magic != Magic || header.Length is 0 or > MaxLength)
            {
                return null;
            }

            byte[] json = new byte[header.Length];
            if (!ProcessMemory.TryRead(header.Json, json))
            {
                return null;
            }

            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip });
            return document.RootElement.TryGetProperty("types", out JsonElement types) && types.ValueKind == JsonValueKind.Object
                ? types.Clone()
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool TryFind(out nint address)
    {
        // A program in a single file contains the runtime.
        string library = Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "libcoreclr.so");
        return (File.Exists(library) && NativeLibrary.TryLoad(library, out nint runtime) && NativeLibrary.TryGetExport(runtime, Symbol, out address))
            || NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), Symbol, out address);
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Header
    {
        public ulong Magic;
        public uint Flags;
        public uint Length;
        public nuint Json;
    }
}
