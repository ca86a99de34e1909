using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Pprof.Hosting;
using Pprof.Hosting.Configuration;
using Pprof.Testing;
using Xunit;

namespace Pprof.Runtime.Tests.Hosting.Configuration;

/// <summary>That docs/options.md says of every option what is so, and of none that there is not.</summary>
public sealed partial class OptionsPageTests
{
    private static readonly string s_page = File.ReadAllText(Repository.PathOf("docs", "options.md")).ReplaceLineEndings("\n");

    // Name, whether the attribute has it, environment variable, type, default.
    private static readonly Dictionary<string, string[]> s_rows = s_page[s_page.IndexOf("<!--", StringComparison.Ordinal)..s_page.IndexOf("<!-- end", StringComparison.Ordinal)]
        .Split('\n')
        .Where(static line => line.StartsWith("| `", StringComparison.Ordinal))
        .Select(static line => line.Split('|', StringSplitOptions.TrimEntries)[1..])
        .ToDictionary(static cells => cells[0].Trim('`'));

    private static readonly string[] s_options = [.. Properties(typeof(PprofOptions)).Select(static property => property.Name)];

    public static TheoryData<string> Options => [.. s_options];

    [Fact]
    public void NoOptionIsLeftOutAndNoneIsInvented() => Assert.Equal(s_options.Order(), s_rows.Keys.Order());

    [Theory]
    [MemberData(nameof(Options))]
    public void WhatThePageSaysOfAnOptionIsSo(string name)
    {
        PropertyInfo option = typeof(PprofOptions).GetProperty(name)!;
        PropertyInfo? attribute = typeof(EnablePprofAttribute).GetProperty(name);

        Assert.Equal(
            [$"`{name}`", attribute is null ? "no" : "yes", $"`Pprof__{name}`", TypeName(option.PropertyType), Text(option.GetValue(new PprofOptions()))],
            s_rows[name][..5]);
        Assert.Equal(attribute is null ? "" : Text(option.GetValue(new PprofOptions())), attribute is null ? "" : Text(attribute.GetValue(new EnablePprofAttribute())));
    }

    /// <summary>The attribute has none that the configuration does not have.</summary>
    [Fact]
    public void EveryOptionOfTheAttributeCanBeChanged() =>
        Assert.Subset(s_options.ToHashSet(), Properties(typeof(EnablePprofAttribute)).Select(static property => property.Name).ToHashSet());

    [Theory]
    [MemberData(nameof(Options))]
    public void TheConfigurationSetsTheOption(string name)
    {
        PropertyInfo option = typeof(PprofOptions).GetProperty(name)!;
        object value = OtherThan(option.GetValue(new PprofOptions()), option.PropertyType);
        var options = new PprofOptions();
        IConfiguration configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([KeyValuePair.Create($"Pprof:{name}", Convert.ToString(value, CultureInfo.InvariantCulture))])
            .Build();

        new PprofOptionsSetup(PprofServices.EmptyManifest, NullLoggerFactory.Instance, configuration).Configure(options);

        Assert.Equal(value, option.GetValue(options));
    }

    [Fact]
    public void EveryEnumerationIsSpelledOut()
    {
        foreach (PropertyInfo option in Properties(typeof(PprofOptions)).Where(static property => property.PropertyType.IsEnum))
        {
            Assert.All(Enum.GetNames(option.PropertyType), name => Assert.Contains($"`{name}`", string.Concat(s_rows[option.Name]), StringComparison.Ordinal));
        }
    }

    /// <summary>Of the project's own properties those that the build files ask for, and no switch that they do not know.</summary>
    [Fact]
    public void EverySwitchOfTheBuildIsOneThatTheBuildFilesKnow()
    {
        string buildFiles = string.Concat(Directory.GetFiles(Repository.PathOf("src", "Pprof.Runtime", "buildTransitive")).Select(File.ReadAllText));
        string[] switches = [.. Switch().Matches(s_page).Select(static row => row.Groups[1].Value)];

        Assert.Equal(["PprofNativeHooks", "PprofViewer"], switches);
        Assert.All(switches, name => Assert.Contains($"'$({name})' != '", buildFiles, StringComparison.Ordinal));
    }

    /// <summary>Links of the page, and the pages that lead to it.</summary>
    [Fact]
    public void ThePageLeadsToRulesThatThereAreAndIsLedTo()
    {
        Assert.All(Rule().Matches(s_page).Select(static link => link.Groups[1].Value), rule => Assert.True(File.Exists(Repository.PathOf("docs", "rules", rule)), rule));
        Assert.Contains("docs/options.md", File.ReadAllText(Repository.PathOf("README.md")), StringComparison.Ordinal);
        string index = File.ReadAllText(Repository.PathOf("docs", "README.md"));
        Assert.All(Directory.GetFiles(Repository.PathOf("docs"), "*.md").Select(Path.GetFileName), page => Assert.True(page == "README.md" || index.Contains($"({page})", StringComparison.Ordinal), page));
    }

    private static IEnumerable<PropertyInfo> Properties(Type type) =>
        type.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly).Where(static property => property.CanWrite);

    private static string TypeName(Type type) =>
        type == typeof(string) ? "string" : type == typeof(int) ? "int" : type == typeof(long) ? "long" : type == typeof(bool) ? "bool" : type.Name;

    private static string Text(object? value) => value switch
    {
        null => "none",
        string text => $"`{text}`",
        bool flag => flag ? "`true`" : "`false`",
        Enum name => $"`{name}`",
        _ => ((IFormattable)value).ToString("N0", CultureInfo.InvariantCulture),
    };

    private static object OtherThan(object? value, Type type) => value switch
    {
        bool flag => !flag,
        int number => number == 1 ? 0 : number + 1,
        long number => number + 1,
        Enum => Enum.GetValues(type).Cast<object>().First(other => !other.Equals(value)),
        _ => "another",
    };

    [GeneratedRegex("^\\| `(Pprof[A-Za-z]+)` \\| `true` \\|", RegexOptions.Multiline)]
    private static partial Regex Switch();

    [GeneratedRegex(@"\(rules/(PPROF\d+\.md)\)")]
    private static partial Regex Rule();
}
