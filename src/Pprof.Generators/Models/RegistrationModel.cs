using System.Collections.Immutable;
using Pprof.Generators.Models.CustomProfiles;

namespace Pprof.Generators.Models;

/// <summary>What the module initializer hands over.</summary>
/// <param name="Profiles">The flags of the built-in profiles to link.</param>
/// <param name="Options">The properties that the attribute sets, in the order in which they are written.</param>
/// <param name="CustomProfiles">The custom profiles of the application and of its libraries, by name.</param>
internal readonly record struct RegistrationModel(
    int Profiles,
    EquatableArray<OptionAssignment> Options,
    EquatableArray<CustomRow> CustomProfiles)
{
    /// <summary>
    /// Puts the table together; null where nothing is to be registered. Of two profiles with one name the first is
    /// taken, the application's own before a library's; <see cref="NameClashes"/> reports both.
    /// </summary>
    public static RegistrationModel? Create(
        ((ImmutableArray<EnablePprofModel> Attributes, CustomProfileSet Own) Application, ImmutableArray<DeclaredProfile> Referenced) found,
        CancellationToken cancellation)
    {
        if (found.Application.Attributes.Length == 0 || found.Application.Attributes[0] is not { IsExecutable: true, CanBeCompiled: true })
        {
            return null;
        }

        EnablePprofModel attribute = found.Application.Attributes[0];
        CustomProfileSet own = found.Application.Own;
        IEnumerable<CustomRow> rows = own.Profiles
            .Select(profile => new CustomRow(profile.Name, profile.Description, CustomProfileSet.FieldExpression(profile)))
            .Concat(found.Referenced
                .OrderBy(static profile => profile.Assembly, StringComparer.Ordinal)
                .Select(static profile => new CustomRow(profile.Name, profile.Description, $"global::{profile.Type}.{profile.Member}")));
        return new RegistrationModel(
            attribute.Profiles,
            attribute.Options,
            new EquatableArray<CustomRow>(
            [
                .. rows
                    .GroupBy(static row => row.Name, StringComparer.Ordinal)
                    .Select(static group => group.First())
                    .OrderBy(static row => row.Name, StringComparer.Ordinal),
            ]));
    }
}
