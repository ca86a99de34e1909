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
    public static string ValueOf(Label label) => label.Text ?? string.Create(CultureInfo.InvariantCulture, $"{label.Number}{label.Unit}");

    /// <summary>Whether a sample with these labels is shown.</summary>
    public bool Shows(LabelSet labels)
    {
        if (_texts.Length == 0)
        {
            return _key is null || labels.Labels.Any(label => label.Key == _key);
        }

        return labels.Labels.Any(label =>
            (_key is null || label.Key == _key)
            && _texts.Any(text => ValueOf(label).Contains(text, StringComparison.Ordinal)));
    }

    /// <summary>The frames above the outermost frame of a sample with these labels, outermost first.</summary>
    public IEnumerable<string> RootsOf(LabelSet labels)
    {
        foreach (string key in _roots)
        {
            string? value = labels.Labels.Where(label => label.Key == key).Select(static label => ValueOf(label)).FirstOrDefault();
            yield return value is null ? $"(no {key})" : $"{key}={value}";
        }
    }

    private static string[] Split(string list) => list.Split(',', StringSplitOptions.RemoveEmptyEntries);
}
