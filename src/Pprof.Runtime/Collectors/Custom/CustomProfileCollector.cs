using Pprof.Profiles;

namespace Pprof.Collectors.Custom;

/// <summary>A profile of the application's own.</summary>
internal sealed class CustomProfileCollector(CustomProfile values) : SnapshotProfileCollector
{
    internal override int Count => values.Count;

    internal override Task FillAsync(Profile profile, CancellationToken cancellation)
    {
        values.CopyTo(profile.Samples);
        return Task.CompletedTask;
    }
}
