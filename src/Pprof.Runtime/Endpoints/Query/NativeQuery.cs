using System.Diagnostics.CodeAnalysis;
using Pprof.CompilerServices;

namespace Pprof.Endpoints.Query;

/// <summary>Reads <c>native=</c>: whether frames of native libraries that have no name here stay without one.</summary>
internal static class NativeQuery
{
    private const string Key = "native";
    private const string Raw = "raw";

    /// <summary>Whether they do, or what the client is told where it asks for something else.</summary>
    public static bool TryRead(RequestQuery query, ProfileForms forms, out bool isRaw, [NotNullWhen(false)] out string? refusal)
    {
        string value = (forms & ProfileForms.Native) != 0 ? query.First(Key) : "";
        isRaw = value == Raw;
        refusal = value.Length > 0 && !isRaw ? $"invalid value for \"{Key}\" - must be {Raw}" : null;
        return refusal is null;
    }
}
