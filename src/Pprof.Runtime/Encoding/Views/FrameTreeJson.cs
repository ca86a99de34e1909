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
    public static byte[] Encode(string name, Profile profile, Symbolizer symbolizer, LabelFilter filter) =>
        Encode(
            name,
            profile,
            symbolizer,
            filter,
            TopTable.DefaultIndex(profile.Shape),
            ProfileEncoder.Encode(profile, symbolizer, ProfileBudget.Any));

    /// <summary>
    /// The same, of a profile that is already encoded as <paramref name="message"/>, and of which the values at
    /// <paramref name="shown"/> are shown first.
    /// </summary>
    public static byte[] Encode(string name, Profile profile, Symbolizer symbolizer, LabelFilter filter, int shown, byte[] message)
    {
        var pruned = new PrunedTree(FrameTree.Of(profile, symbolizer, filter));
        var labels = new FewLabels(pruned.Tree.LabelSets);

        var buffer = new ArrayBufferWriter<byte>(message.Length * 2);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            WriteHeader(json, name, profile, shown);
            json.WriteNumber("threshold", pruned.Threshold);
            json.WriteNumber("leftOut", pruned.LeftOut);
            WriteTexts(json, "leftOutLabels", labels.LeftOut);
            WriteNodes(json, pruned.Tree);
            WriteSamples(json, pruned.Tree, labels);
            json.WriteBase64String("message", message);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteHeader(Utf8JsonWriter json, string name, Profile profile, int shown)
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
        json.WriteNumber("shown", shown);
        WriteTexts(json, "comments", GapText.Comments(profile));
    }

    private static void WriteNodes(Utf8JsonWriter json, FrameTree tree)
    {
        // Of the names only those that are left, in the order in which nodes have them.
        int[] numbers = new int[tree.Names.Count];
        int[] columns = new int[tree.Parents.Length - 1];
        var names = new List<string>();
        for (int node = 1; node < tree.NodeNames.Length; node++)
        {
            ref int number = ref numbers[tree.NodeNames[node]];
            if (number == 0)
            {
                names.Add(tree.Names[tree.NodeNames[node]]);
                number = names.Count;
            }

            columns[node - 1] = number - 1;
        }

        WriteTexts(json, "names", names);
        WriteNumbers(json, "name", columns);
        WriteNumbers(json, "parent", tree.Parents[1..]);
    }

    private static void WriteSamples(Utf8JsonWriter json, FrameTree tree, FewLabels labels)
    {
        var sets = new Dictionary<LabelSet, int>();
        int[] columns = new int[tree.SampleLabels.Length];
        json.WriteStartArray("labels");
        for (int i = 0; i < columns.Length; i++)
        {
            LabelSet set = labels.Of(tree.LabelSets[tree.SampleLabels[i]]);
            if (!sets.TryGetValue(set, out columns[i]))
            {
                columns[i] = sets.Count;
                sets.Add(set, columns[i]);
                json.WriteStartObject();
                for (int k = 0; k < set.Labels.Count; k++)
                {
                    json.WriteString(set.Labels[k].Key, LabelFilter.ValueOf(set.Labels[k]));
                }

                json.WriteEndObject();
            }
        }

        json.WriteEndArray();
        WriteNumbers(json, "node", tree.SampleNodes);
        WriteNumbers(json, "label", columns);
        json.WriteStartArray("values");
        for (int k = 0; k < tree.Types; k++)
        {
            json.WriteStartArray();
            for (int i = 0; i < columns.Length; i++)
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

    private static void WriteNumbers(Utf8JsonWriter json, string property, ReadOnlySpan<int> numbers)
    {
        json.WriteStartArray(property);
        foreach (int number in numbers)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }
}
