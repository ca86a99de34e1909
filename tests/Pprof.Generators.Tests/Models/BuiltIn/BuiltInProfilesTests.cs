using System.Reflection;
using Pprof.Collectors.Trace;
using Pprof.CompilerServices;
using Pprof.Generators.Models.BuiltIn;
using Pprof.Profiles;
using Xunit;

namespace Pprof.Generators.Tests.Models.BuiltIn;

public sealed class BuiltInProfilesTests
{
    private static readonly ProfileDescriptor[] s_rows = [.. RowMethods.Select(static method => (ProfileDescriptor)method.Invoke(null, null)!)];

    private static IEnumerable<MethodInfo> RowMethods => typeof(ProfileRows).GetMethods(BindingFlags.Public | BindingFlags.Static);

    [Fact]
    public void EveryFlagOfTheRuntimeIsInTheTable() =>
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
    public void EveryProfileHasTheRowOfItsFlag()
    {
        Assert.Equal(BuiltInProfiles.All.Select(profile => profile.Flag).Order(), RowMethods.Select(method => method.Name).Order());
        Assert.Equal(BuiltInProfiles.All.Select(profile => (profile.Name, profile.Flag)).Order(), s_rows.Select(row => (row.Name, row.Flag.ToString())).Order());
        Assert.All(s_rows.SelectMany(row => row.Views.Append(row)), row => Assert.Equal(row.Name, row.Href));
    }

    [Fact]
    public void EveryCollectorOfTheRuntimeHasARow() =>
        Assert.Equal(
            typeof(ProfileCollectors).GetMethods(BindingFlags.Public | BindingFlags.Static)
                .Where(method => method.GetParameters().Length == 0)
                .Select(method => method.Name)
                .Order(),
            s_rows.SelectMany(row => row.Views.Append(row)).Select(row => row.Collector.Method.Name).Order());

    [Fact]
    public void EveryListOfWordsHasSomeOfThemByDefault() =>
        Assert.All(
            s_rows.SelectMany(row => row.Parameters).Where(parameter => parameter.Words.Count > 0),
            parameter => Assert.InRange(parameter.Default(new PprofOptions()), 1, parameter.Maximum));

    [Fact]
    public void EveryRowHasTheFormsOfItsCollector() =>
        Assert.All(s_rows, row =>
        {
            Assert.Equal(
                row.Collector() switch
                {
                    Collectors.TimedProfileCollector => ProfileForms.Timed | ProfileForms.Native,
                    Collectors.StreamProfileCollector => ProfileForms.Stream,
                    _ => ProfileForms.Delta | ProfileForms.Native,
                },
                row.Forms & ~ProfileForms.Collected & ~ProfileForms.Increment);
        });

    /// <summary>A service starts without the collectors of all others.</summary>
    [Fact]
    public void ARowStartsEarlyWhereItsCollectorHasSomethingToStart() =>
        Assert.All(s_rows.SelectMany(row => row.Views.Append(row)), row =>
        {
            MethodInfo start = row.Collector().GetType().GetMethod(nameof(Collectors.ProfileCollector.Start), BindingFlags.NonPublic | BindingFlags.Instance)!;
            Assert.Equal(start.DeclaringType != typeof(Collectors.ProfileCollector), row.StartsEarly);
        });

    /// <summary>Those of github.com/grafana/pyroscope-go/godeltaprof, and no other: its paths are asked for by name.</summary>
    [Fact]
    public void WhatHasIncrementsIsWhatGodeltaprofHas() =>
        Assert.Equal(["block", "heap", "mutex"], s_rows.Where(static row => row.Forms.HasFlag(ProfileForms.Increment)).Select(static row => row.Name).Order());

    [Fact]
    public void TheFormatsOfATraceAreThoseThatTheRuntimeKnows() =>
        Assert.Equal(
            ["go", $"{TraceFormat.Perfetto}", $"{TraceFormat.Nettrace} {EventProviders.Providers} {EventProviders.Keywords}"],
            s_rows.Single(static row => row.Name == "trace").Formats.Select(static format => string.Join(' ', format.Parameters.Prepend(format.Name))));

    [Fact]
    public void NoCustomProfileCanTakeTheNameOfARow() =>
        Assert.All(BuiltInProfiles.All, profile => Assert.True(ReservedNames.Contains(profile.Name)));

    [Fact]
    public void NoTwoRowsHaveTheSameName() =>
        Assert.Equal(BuiltInProfiles.All.Count, BuiltInProfiles.All.Select(profile => profile.Name).Distinct().Count());
}
