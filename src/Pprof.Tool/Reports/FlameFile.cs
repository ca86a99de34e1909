using Pprof.Encoding.Views;
using Pprof.Endpoints.Views;
using Pprof.Tool.Reading;
using Profile = Pprof.Profiles.Profile;

namespace Pprof.Tool.Reports;

/// <summary>The page of the viewer with the profile inside.</summary>
internal static class FlameFile
{
    /// <summary>The page.</summary>
    /// <param name="file">The profile.</param>
    /// <param name="first">What it is compared with, or null.</param>
    /// <param name="sampleIndex">The type of value that is shown first; null for the profile's own.</param>
    /// <param name="filters">Which samples it has.</param>
    public static string Render(ProfileFile file, ProfileFile? first, string? sampleIndex, SampleFilters filters)
    {
        byte[] tree = TreeOf(file, sampleIndex, filters);
        byte[]? before = first is null ? null : TreeOf(first, sampleIndex, filters);
        string description = string.Join("; ", [.. first is null ? [] : (string[])[$"compared with {first.Title}"], .. filters.Descriptions]);
        return FlamePage.RenderFile(file.Title, description, tree, before);
    }

    private static byte[] TreeOf(ProfileFile file, string? sampleIndex, SampleFilters filters)
    {
        var frames = new FileFrames(file.Profile);
        Profile profile = ReadProfile.Of(file.Profile, frames, filters.For(file.Profile));
        return FrameTreeJson.Encode(
            file.Title, profile, frames, new LabelFilter("", ""), SampleIndex.Of(profile.Shape, sampleIndex), file.Content);
    }
}
