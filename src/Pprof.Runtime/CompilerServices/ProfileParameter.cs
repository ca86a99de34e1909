using System.ComponentModel;

namespace Pprof.CompilerServices;

/// <summary>What a request may give to a profile: a whole number, such as <c>hz=</c> of the CPU profile, or some of a list of words.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class ProfileParameter
{
    /// <summary>A whole number.</summary>
    /// <param name="name">Its name in the query string.</param>
    /// <param name="minimum">The smallest value that is not refused.</param>
    /// <param name="maximum">The largest value that is not refused.</param>
    /// <param name="default">What holds where the request does not name it.</param>
    public ProfileParameter(string name, long minimum, long maximum, Func<PprofOptions, long> @default)
    {
        Name = name;
        Minimum = minimum;
        Maximum = maximum;
        Default = @default;
        Words = [];
    }

    /// <summary>Words, such as <c>content=gc,requests</c> of a trace: the value has a bit for each, the lowest for the first.</summary>
    /// <param name="name">Its name in the query string.</param>
    /// <param name="words">The words that are not refused.</param>
    /// <param name="default">The value where the request does not name it.</param>
    public ProfileParameter(string name, IReadOnlyList<string> words, long @default)
    {
        Name = name;
        Maximum = (1L << words.Count) - 1;
        Default = _ => @default;
        Words = words;
    }

    /// <summary>Its name in the query string.</summary>
    public string Name { get; }

    /// <summary>The smallest value that is not refused.</summary>
    public long Minimum { get; }

    /// <summary>The largest value that is not refused.</summary>
    public long Maximum { get; }

    /// <summary>What holds where the request does not name it.</summary>
    public Func<PprofOptions, long> Default { get; }

    /// <summary>The words that are not refused; none for a number.</summary>
    public IReadOnlyList<string> Words { get; }
}
