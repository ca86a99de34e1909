using System.Collections.Immutable;

namespace Pprof.Generators.Models.CustomProfiles;

/// <summary>Finds the names that two custom profiles have.</summary>
internal static class NameClashes
{
    /// <summary>
    /// The clashes of a project: among its own profiles, and where it is an application among those of its libraries.
    /// </summary>
    public static EquatableArray<NameClash> Find(
        (((ImmutableArray<Located<CustomProfileModel>> Own, string Assembly) Project, ImmutableArray<Located<EnablePprofModel>> Attributes) Application,
            ImmutableArray<DeclaredProfile> Referenced) found,
        CancellationToken cancellation)
    {
        (ImmutableArray<Located<CustomProfileModel>> own, string assembly) = found.Application.Project;
        List<NameClash> clashes = [];
        var owners = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((CustomProfileModel profile, SourcePosition position) in own
            .Where(static profile => !profile.Model.IsRefused)
            .OrderBy(static profile => profile.Position.Path, StringComparer.Ordinal)
            .ThenBy(static profile => profile.Position.Start))
        {
            Claim(profile.Name, $"{profile.DisplayName} in {assembly}", position);
        }

        if (found.Application.Attributes.FirstOrDefault() is { Model.IsExecutable: true } application)
        {
            // One library may be referenced twice.
            foreach (DeclaredProfile profile in found.Referenced.Distinct().OrderBy(static profile => profile.Assembly, StringComparer.Ordinal))
            {
                Claim(profile.Name, profile.Assembly, application.Position);
            }
        }

        return new EquatableArray<NameClash>([.. clashes]);

        void Claim(string name, string owner, SourcePosition position)
        {
            if (owners.TryGetValue(name, out string? first))
            {
                clashes.Add(new NameClash(name, first, owner, position));
            }
            else
            {
                owners.Add(name, owner);
            }
        }
    }
}
