using System.Globalization;
using Pprof.Profiles;

namespace Pprof.Encoding.Views;

/// <summary>
/// Which samples are shown, by their labels, and under which label they stand: the options <c>tagfocus</c> and
/// <c>tagroot</c> of the pprof tool. Texts are compared as they are, where the tool takes regular expressions: these would
/// bring their whole engine into a program that is compiled ahead of time.
/// </summary>
internal sealed class LabelFilter
{
    private readonly string? _key;
    private readonly string[] _texts;
    private readonly string[] _roots;

    /// <param name="focus"><c>key=text,text</c>, or a text that the value of any label has; empty for all samples.</param>
    /// <param name="root">Keys, separated by commas, whose labels become the outermost frames; empty for none.</param>
    public LabelFilter(string focus, string root)
    {
        int equals = focus.IndexOf('=');
        _key = equals > 0 ? focus[..equals] : null;
        _texts = Split(focus[(equals > 0 ? equals + 1 : 0)..]);
        _roots = Split(root);
    }

    /// <summary>What a label says: its text, or its number with the unit.</summary>
    public static string ValueOf(Label label) => label.Text ?? label.Number.ToString(CultureInfo.InvariantCulture) + label.Unit;

    /// <summary>Whether a sample with these labels is shown.</summary>
    public bool Shows(LabelSet labels)
    {
        if (_texts.Length == 0 && _key is null)
        {
            return true;
        }

        for (int i = 0; i < labels.Labels.Count; i++)
        {
            Label label = labels.Labels[i];
            if ((_key is null || label.Key == _key) && (_texts.Length == 0 || HasText(ValueOf(label))))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Adds the frames that stand above the outermost one of a sample with these labels, innermost first.
    /// </summary>
    public void AddRoots(LabelSet labels, List<string> frames)
    {
        for (int root = _roots.Length - 1; root >= 0; root--)
        {
            string frame = $"(no {_roots[root]})";
            for (int i = 0; i < labels.Labels.Count; i++)
            {
                if (labels.Labels[i].Key == _roots[root])
                {
                    frame = _roots[root] + "=" + ValueOf(labels.Labels[i]);
                }
            }

            frames.Add(frame);
        }
    }

    private bool HasText(string value)
    {
        foreach (string text in _texts)
        {
            if (value.Contains(text, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    private static string[] Split(string list) => list.Split(',', StringSplitOptions.RemoveEmptyEntries);
}
