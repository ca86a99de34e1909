using Pprof.Encoding.Views;
using Pprof.Tool.Reading;
using Profile = Pprof.Profiles.Profile;

namespace Pprof.Tool.Reports;

/// <summary>The table of functions, as <c>go tool pprof -top</c> prints it.</summary>
internal static class TopReport
{
    /// <summary>The table.</summary>
    /// <param name="message">The profile.</param>
    /// <param name="sampleIndex">The type of value, by name or position; null for the profile's own.</param>
    /// <param name="filters">Which samples are shown.</param>
    /// <param name="tagRoot">The labels that become frames.</param>
    /// <param name="byCumulative">Whether functions stand by what they have with all that they called.</param>
    /// <param name="maxRows">The functions that are listed at the most; 0 for any number.</param>
    public static string Print(
        Proto.Profile message, string? sampleIndex, SampleFilters filters, string tagRoot, bool byCumulative, int maxRows)
    {
        var frames = new FileFrames(message);
        Profile shown = ReadProfile.Of(message, frames, filters.For(message), tagRoot.Split(',', StringSplitOptions.RemoveEmptyEntries));
        int index = SampleIndex.Of(shown.Shape, sampleIndex);
        var table = TopTable.Of(shown, frames, index, new LabelFilter("", ""), new TopOptions
        {
            Total = SampleIndex.TotalOf(message, index),
            ByCumulative = byCumulative,
            MaxRows = maxRows,
            Filters = filters.Descriptions,
        });
        InlineMarks.Add(table, shown, frames);
        return TopText.Of(table);
    }
}
