using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Pprof.Generators.Rules;
using Pprof.Generators.Tests.Testing;
using Xunit;

namespace Pprof.Generators.Tests.Rules;

public sealed class RuleTests
{
    // Reported by the package's build files.
    private static readonly string[] s_buildRules = ["PPROF026", "PPROF027", "PPROF029"];

    private static readonly DiagnosticDescriptor[] s_all =
    [
        .. typeof(Rule).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (DiagnosticDescriptor)field.GetValue(null)!),
    ];

    [Fact]
    public void EveryRuleBelongsToOneAnalyzerOrToTheGenerator() =>
        Assert.Equal(
            s_all.Select(rule => rule.Id).Order(),
            AnalyzedProject.Analyzers.SelectMany(analyzer => analyzer.SupportedDiagnostics).Append(Rule.DuplicateProfileName).Select(rule => rule.Id).Order());

    [Fact]
    public void EveryAnalyzerOfThePackageIsUnderTest() =>
        Assert.Equal(
            typeof(Rule).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(DiagnosticAnalyzer))).ToHashSet(),
            AnalyzedProject.Analyzers.Select(analyzer => analyzer.GetType()).ToHashSet());

    [Fact]
    public void EveryRuleIsInTheRecordOfReleases()
    {
        string[] recorded =
        [
            .. (Read("AnalyzerReleases.Shipped.md") + Read("AnalyzerReleases.Unshipped.md"))
                .Split('\n')
                .Where(line => line.StartsWith("PPROF", StringComparison.Ordinal))
                .Select(line => line.TrimEnd())
                .Order(),
        ];
        Assert.Equal(s_all.Select(rule => $"{rule.Id} | {rule.Category} | {rule.DefaultSeverity} | {rule.Title}").Order(), recorded);
    }

    [Fact]
    public void EveryRuleHasAPageThatItsLinkPointsTo() =>
        Assert.All(s_all, rule =>
        {
            Assert.EndsWith($"/docs/rules/{rule.Id}.md", rule.HelpLinkUri);
            string page = Read($"rules/{rule.Id}.md");
            Assert.StartsWith($"# {rule.Id}: {rule.Title}\n", page);
            Assert.All(["## Why", "## How to fix", "## When to suppress"], heading => Assert.Contains($"\n{heading}\n", page));
        });

    [Fact]
    public void EveryRuleIsInTheListOfRules()
    {
        string list = Read("rules/README.md");
        Assert.All(s_all, rule => Assert.Contains(
            $"\n| [{rule.Id}]({rule.Id}.md) | {rule.DefaultSeverity switch { DiagnosticSeverity.Info => "information", var severity => severity.ToString().ToLowerInvariant() }} | {rule.Title} |\n",
            list));
        Assert.All(s_buildRules, rule => Assert.Contains($"\n| [{rule}]({rule}.md) | ", list));
    }

    [Fact]
    public void EveryPageHasARule() =>
        Assert.Equal(
            s_all.Select(rule => rule.Id).Concat(s_buildRules).Select(rule => $"rules/{rule}.md").Append("rules/README.md").Order(),
            Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(name => name.StartsWith("rules/", StringComparison.Ordinal)).Order());

    private static string Read(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new FileNotFoundException("No such page.", name);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
