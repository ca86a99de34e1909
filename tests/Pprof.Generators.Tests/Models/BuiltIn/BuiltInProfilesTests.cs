using System.Reflection;
using Pprof.Collectors.Trace;
using Pprof.CompilerServices;
using Pprof.Generators.Models.BuiltIn;
using Pprof.Profiles;
using Xunit;
using TableForms = Pprof.Generators.Models.BuiltIn.ProfileForms;

namespace Pprof.Generators.Tests.Models.BuiltIn;

public sealed class BuiltInProfilesTests
{
    [Fact]
    public void EveryFlagOfTheRuntimeHasARow() =>
        Assert.Equal(
            Enum.GetNames<PprofProfiles>()
                .Where(name => name is not (nameof(PprofProfiles.None) or nameof(PprofProfiles.All)))
                .Select(name => (name, (int)Enum.Parse<PprofProfiles>(name)))
                .Order(),
            BuiltInProfiles.All.Select(profile => (profile.Flag, profile.Bit)).Order());

    [Fact]
    public void AllIsTheSameInTheTableAndInTheRuntime() =>
        Assert.Equal((int)PprofProfiles.All, BuiltInProfiles.AllFlags);

    [Fact]
    public void EveryCollectorOfTheRuntimeHasARow() =>
        Assert.Equal(
            typeof(ProfileCollectors).GetMethods(BindingFlags.Public | BindingFlags.Static)
                .Where(method => method.GetParameters().Length == 0)
                .Select(method => method.Name)
                .Order(),
            BuiltInProfiles.All.SelectMany(profile => profile.Views.Select(view => view.Collector).Append(profile.Flag)).Order());

    [Fact]
    public void FormsAreTheSameInTheTableAndInTheRuntime() =>
        Assert.Equal(
            Enum.GetValues<Pprof.CompilerServices.ProfileForms>().Where(form => form != 0).Select(form => (form.ToString(), (int)form)),
            Enum.GetValues<TableForms>().Select(form => (form.ToString(), (int)form)));

    [Fact]
    public void TextFormsAreTheSameInTheTableAndInTheRuntime() =>
        Assert.Equal(Enum.GetNames<Pprof.Profiles.ProfileText>(), Enum.GetNames<Pprof.Generators.Models.BuiltIn.ProfileText>());

    [Fact]
    public void EveryNumberTakesItsDefaultFromAnOption() =>
        Assert.All(
            BuiltInProfiles.All.SelectMany(profile => profile.Parameters).Where(parameter => parameter.Words.Count == 0),
            parameter => Assert.NotNull(typeof(PprofOptions).GetProperty(parameter.Option)));

    [Fact]
    public void EveryListOfWordsHasSomeOfThemByDefault() =>
        Assert.All(
            BuiltInProfiles.All.SelectMany(profile => profile.Parameters).Where(parameter => parameter.Words.Count > 0),
            parameter =>
            {
                Assert.NotEmpty(parameter.Default);
                Assert.Subset(parameter.Words.ToHashSet(), parameter.Default.ToHashSet());
                Assert.Equal(parameter.Default.Count, System.Numerics.BitOperations.PopCount((ulong)parameter.DefaultBits));
            });

    [Fact]
    public void EveryRowHasTheFormsOfItsCollector() =>
        Assert.All(BuiltInProfiles.All, profile =>
        {
            object collector = typeof(ProfileCollectors).GetMethod(profile.Flag)!.Invoke(null, null)!;
            Assert.Equal(
                collector switch
                {
                    Collectors.TimedProfileCollector => TableForms.Timed | TableForms.Native,
                    Collectors.StreamProfileCollector => TableForms.Stream,
                    _ => TableForms.Delta | TableForms.Native,
                },
                profile.Forms & ~TableForms.Collected & ~TableForms.Increment);
        });

    /// <summary>Those of github.com/grafana/pyroscope-go/godeltaprof, and no other: its paths are asked for by name.</summary>
    [Fact]
    public void WhatHasIncrementsIsWhatGodeltaprofHas() =>
        Assert.Equal(["block", "heap", "mutex"], BuiltInProfiles.All.Where(static profile => profile.Forms.HasFlag(TableForms.Increment)).Select(static profile => profile.Name).Order());

    [Fact]
    public void TheFormatsOfATraceAreThoseThatTheRuntimeKnows() =>
        Assert.Equal(
            ["go", $"{TraceFormat.Perfetto}", $"{TraceFormat.Nettrace} {EventProviders.Providers} {EventProviders.Keywords}"],
            BuiltInProfiles.All.Single(static profile => profile.Name == "trace").Formats.Select(static format => string.Join(' ', format.Parameters.Prepend(format.Name))));

    [Fact]
    public void NoCustomProfileCanTakeTheNameOfARow() =>
        Assert.All(BuiltInProfiles.All, profile => Assert.True(ReservedNames.Contains(profile.Name)));

    [Fact]
    public void NoTwoRowsHaveTheSameName() =>
        Assert.Equal(BuiltInProfiles.All.Count, BuiltInProfiles.All.Select(profile => profile.Name).Distinct().Count());
}
