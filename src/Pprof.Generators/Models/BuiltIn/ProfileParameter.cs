namespace Pprof.Generators.Models.BuiltIn;

/// <summary>What a request may give to a profile: a whole number, or some of a list of words.</summary>
/// <param name="Name">Its name in the query string.</param>
/// <param name="Minimum">The smallest number that is not refused.</param>
/// <param name="Maximum">The largest number that is not refused.</param>
/// <param name="Option">The option that holds where the request does not name it.</param>
/// <param name="Words">The words; none for a number.</param>
/// <param name="Default">Those that hold where the request names none.</param>
internal readonly record struct ProfileParameter(
    string Name, long Minimum, long Maximum, string Option, IReadOnlyList<string> Words, IReadOnlyList<string> Default)
{
    /// <summary>A number.</summary>
    public ProfileParameter(string name, long minimum, long maximum, string option)
        : this(name, minimum, maximum, option, [], [])
    {
    }

    /// <summary>Words.</summary>
    public ProfileParameter(string name, IReadOnlyList<string> words, IReadOnlyList<string> @default)
        : this(name, 0, 0, "", words, @default)
    {
    }

    /// <summary>The default as a number that has a bit for each word, the lowest for the first.</summary>
    public long DefaultBits
    {
        get
        {
            long bits = 0;
            for (int i = 0; i < Words.Count; i++)
            {
                bits |= Default.Contains(Words[i]) ? 1L << i : 0;
            }

            return bits;
        }
    }
}
