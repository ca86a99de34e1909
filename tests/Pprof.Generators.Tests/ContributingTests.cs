using System.Text.RegularExpressions;
using Pprof.Generators.Models.BuiltIn;
using Pprof.Testing;
using Xunit;

namespace Pprof.Generators.Tests;

/// <summary>The lists of files in CONTRIBUTING.md, which who adds a profile or a rule goes along.</summary>
public sealed class ContributingTests
{
    // A list item that begins with a path.
    private static readonly Regex s_item = new("^- `(?<path>[^`]+)`", RegexOptions.Multiline);

    public static TheoryData<string> Headings => ["Add a profile", "Add a rule"];

    [Theory]
    [MemberData(nameof(Headings))]
    public void EveryFileOfAListIsThere(string heading) =>
        Assert.All(Files(heading), path => Assert.True(File.Exists(Repository.PathOf(path)), path));

    [Fact]
    public void EveryBuiltInProfileIsInEveryFileOfTheList() =>
        Assert.All(Files("Add a profile"), path =>
        {
            string text = File.ReadAllText(Repository.PathOf(path));
            Assert.All(BuiltInProfiles.All, profile => Assert.True(Names(text, profile), $"{path} does not name {profile.Name}."));
        });

    [Fact]
    public void NoOtherSourceFileNamesEveryBuiltInProfile() =>
        Assert.Equal(
            Files("Add a profile").Where(path => path.StartsWith("src/", StringComparison.Ordinal) && path.EndsWith(".cs", StringComparison.Ordinal)).Order(),
            Sources().Where(path => BuiltInProfiles.All.All(profile => Names(File.ReadAllText(Repository.PathOf(path)), profile))).Order());

    // In code by its flag or as a literal, in a document as code.
    private static bool Names(string text, BuiltInProfile profile) =>
        Regex.IsMatch(text, $@"\b{profile.Flag}\b|[""`]{profile.Name}\b");

    private static string[] Files(string heading)
    {
        string text = File.ReadAllText(Repository.PathOf("CONTRIBUTING.md")).ReplaceLineEndings("\n");
        int start = text.IndexOf($"\n## {heading}\n", StringComparison.Ordinal) + 1;
        int end = text.IndexOf("\n## ", start, StringComparison.Ordinal);
        string[] files =
        [
            .. s_item.Matches(text[start..end]).Select(match => match.Groups["path"].Value).Where(path => !path.Contains('<')),
        ];
        Assert.NotEmpty(files);
        return files;
    }

    private static IEnumerable<string> Sources() => Repository.SourcesIn("src", "*.cs");
}
