using Pprof.Profiles;
using Pprof.Symbols;

namespace Pprof.Encoding.Text;

/// <summary>Writes the text form that the shape of a profile names.</summary>
internal static class TextForm
{
    /// <summary>Whether the form <paramref name="text"/> shows more where <c>debug=</c> is above 1.</summary>
    public static bool HasDetail(ProfileText text) => text == ProfileText.Goroutine;

    /// <summary>Writes <paramref name="profile"/>, naming its frames by <paramref name="symbolizer"/>.</summary>
    /// <param name="writer">Where the text goes.</param>
    /// <param name="name">The profile's name in the path.</param>
    /// <param name="profile">The profile, whose shape has a text form.</param>
    /// <param name="symbolizer">The names.</param>
    /// <param name="detail">The number that <c>debug=</c> gives: above 1 a form that has more shows more.</param>
    public static void Write(TextWriter writer, string name, Profile profile, Symbolizer symbolizer, long detail = 1)
    {
        switch (profile.Shape.Text)
        {
            case ProfileText.Goroutine when detail > 1:
                GoroutineText.Write(writer, profile, symbolizer);
                break;
            case ProfileText.Count:
            case ProfileText.Goroutine:
                CountProfileText.Write(writer, name, profile, symbolizer);
                break;
            case ProfileText.Contention:
            case ProfileText.Mutex:
                ContentionText.Write(writer, profile, symbolizer);
                break;
            case ProfileText.Heap:
                HeapText.Write(writer, profile, symbolizer);
                break;
            case ProfileText.LiveHeap:
                LiveHeapText.Write(writer, profile, symbolizer);
                break;
            default:
                throw new ArgumentException($"The profile {name} has no text form.", nameof(profile));
        }
    }
}
