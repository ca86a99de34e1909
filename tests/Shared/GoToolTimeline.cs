using System.Text.Json;
using System.Text.RegularExpressions;

namespace Pprof.Testing;

/// <summary>What <c>go tool trace</c> shows on its page <c>View trace</c>, as its viewer gets it.</summary>
internal sealed partial class GoToolTimeline
{
    private readonly Dictionary<ulong, string> _names = [];
    private readonly Dictionary<string, (string Name, string? Parent)> _frames = [];

    public GoToolTimeline(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        Events = [.. document.RootElement.GetProperty("traceEvents").EnumerateArray().Select(static element => element.Clone())];
        foreach (JsonProperty frame in document.RootElement.GetProperty("stackFrames").EnumerateObject())
        {
            string? parent = frame.Value.TryGetProperty("parent", out JsonElement number) ? number.ToString() : null;
            _frames.Add(frame.Name, (frame.Value.GetProperty("name").GetString()!, parent));
        }

        foreach (string name in Events.Select(NameOf))
        {
            if (Goroutine().Match(name) is { Success: true } match)
                _names[ulong.Parse(match.Groups[1].Value)] = match.Groups[2].Value;
        }
    }

    /// <summary>All events, as they are.</summary>
    public IReadOnlyList<JsonElement> Events { get; }

    /// <summary>The name of a goroutine that has run.</summary>
    public string NameOf(ulong goroutine) => _names.GetValueOrDefault(goroutine, "");

    /// <summary>The name of an event.</summary>
    public static string NameOf(JsonElement traced) => traced.GetProperty("name").GetString()!;

    /// <summary>The functions of an event's stack with their lines, leaf first.</summary>
    public IEnumerable<string> StackOf(JsonElement traced)
    {
        string? id = traced.TryGetProperty("sf", out JsonElement number) ? number.ToString() : null;
        while (id is not null && _frames.TryGetValue(id, out (string Name, string? Parent) frame))
        {
            yield return frame.Name;
            id = frame.Parent;
        }
    }

    [GeneratedRegex(@"^G(\d+) (.+)$")]
    private static partial Regex Goroutine();
}
