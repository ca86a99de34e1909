using System.Buffers;
using System.Text.Json;
using Pprof.Encoding.Protobuf;
using Pprof.Profiles;
using Pprof.Symbols;

namespace Pprof.Encoding.Views;

/// <summary>
/// What the viewer's page draws: the tree of a profile, its samples by labels, and the profile itself as a file. Nodes and
/// samples are columns of numbers, a tenth of the size that nested objects have, and any depth can be read.
/// </summary>
internal static class FrameTreeJson
{
    /// <summary>Encodes <paramref name="profile"/>, naming its frames by <paramref name="symbolizer"/>.</summary>
    public static byte[] Encode(string name, Profile profile, Symbolizer symbolizer, LabelFilter filter)
    {
        byte[] message = ProfileEncoder.Encode(profile, symbolizer, ProfileBudget.Any);
        FrameTree whole = FrameTree.Of(profile, symbolizer, filter);
        var labels = new FewLabels(whole.Samples.Select(static sample => sample.Labels));
        PrunedTree pruned = PrunedTree.Of(whole);

        var buffer = new ArrayBufferWriter<byte>(message.Length * 2);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            WriteHeader(json, name, profile);
            json.WriteNumber("threshold", pruned.Threshold);
            json.WriteNumber("leftOut", pruned.LeftOut);
            WriteTexts(json, "leftOutLabels", labels.LeftOut);
            WriteTree(json, pruned.Tree, labels);
            json.WriteBase64String("message", message);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteHeader(Utf8JsonWriter json, string name, Profile profile)
    {
        json.WriteString("profile", name);
        json.WriteNumber("time", profile.TimeNanos);
        json.WriteNumber("duration", profile.DurationNanos);
        json.WriteStartArray("types");
        foreach (SampleType type in profile.Shape.SampleTypes)
        {
            json.WriteStartObject();
            json.WriteString("type", type.Type);
            json.WriteString("unit", type.Unit);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber("shown", TopTable.DefaultIndex(profile.Shape));
        WriteTexts(json, "comments", GapText.Comments(profile));
    }

    private static void WriteTree(Utf8JsonWriter json, FrameTree tree, FewLabels labels)
    {
        // Of the names only those that are left.
        var numbers = new Dictionary<int, int>();
        foreach (FrameTree.Node node in tree.Nodes.Skip(1))
        {
            numbers.TryAdd(node.Name, numbers.Count);
        }

        var sets = new Dictionary<LabelSet, int>();
        foreach (FrameTree.Sample sample in tree.Samples)
        {
            sets.TryAdd(labels.Of(sample.Labels), sets.Count);
        }

        WriteTexts(json, "names", numbers.Keys.Select(name => tree.Names[name]));
        WriteNumbers(json, "name", tree.Nodes.Skip(1).Select(node => (long)numbers[node.Name]));
        WriteNumbers(json, "parent", tree.Nodes.Skip(1).Select(static node => (long)node.Parent));

        json.WriteStartArray("labels");
        foreach (LabelSet set in sets.Keys)
        {
            json.WriteStartObject();
            foreach (Label label in set.Labels)
            {
                json.WriteString(label.Key, LabelFilter.ValueOf(label));
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteNumbers(json, "node", tree.Samples.Select(static sample => (long)sample.Node));
        WriteNumbers(json, "label", tree.Samples.Select(sample => (long)sets[labels.Of(sample.Labels)]));
        json.WriteStartArray("values");
        for (int k = 0; k < tree.Types; k++)
        {
            json.WriteStartArray();
            for (int i = 0; i < tree.Samples.Count; i++)
            {
                json.WriteNumberValue(tree.Values(i)[k]);
            }

            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    private static void WriteTexts(Utf8JsonWriter json, string property, IEnumerable<string> texts)
    {
        json.WriteStartArray(property);
        foreach (string text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string property, IEnumerable<long> numbers)
    {
        json.WriteStartArray(property);
        foreach (long number in numbers)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }
}
