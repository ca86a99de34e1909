using System.Text.RegularExpressions;
using k8s;
using Pprof.Testing;
using Xunit;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Pprof.EndToEnd.Tests.Scraping;

/// <summary>Compose files, manifests and configurations of engines: what can be known of them without a machine that runs them.</summary>
public sealed partial class DeploymentTests
{
    private const string ThreadsAlone = "Pprof__GoroutineAsync";

    private static readonly Dictionary<string, string> s_versions = new()
    {
        ["ConfigMap"] = "v1",
        ["Service"] = "v1",
        ["Deployment"] = "apps/v1",
        ["NetworkPolicy"] = "networking.k8s.io/v1",
        ["ClusterRole"] = "rbac.authorization.k8s.io/v1",
        ["ClusterRoleBinding"] = "rbac.authorization.k8s.io/v1",
    };

    // Of compose-spec.json, what the samples use.
    private static readonly HashSet<string> s_composeKeys = ["name", "services", "networks", "volumes", "secrets"];
    private static readonly HashSet<string> s_serviceKeys = ["image", "build", "extends", "environment", "volumes", "secrets", "networks", "ports", "depends_on"];

    public static TheoryData<string> YamlFiles => Files("*.yaml");

    public static TheoryData<string> ComposeFiles => Files("compose.yaml");

    public static TheoryData<string> Manifests => [.. Directory.GetFiles(Repository.PathOf("samples", "kubernetes")).Select(Relative)];

    [Theory]
    [MemberData(nameof(YamlFiles))]
    public void EveryFileIsYaml(string file) => Assert.NotEmpty(Load(file));

    [Fact]
    public void SoIsEveryBlockOfTheDocumentation() =>
        Assert.All(Blocks("yaml"), static block => Assert.NotEmpty(Parse(block)));

    [Theory]
    [MemberData(nameof(ComposeFiles))]
    public void WhatAComposeFileNamesIsThere(string file)
    {
        YamlMappingNode compose = Assert.Single(Load(file));
        string folder = Path.GetDirectoryName(Repository.PathOf(file))!;

        Assert.Subset(s_composeKeys, Keys(compose).ToHashSet());
        foreach ((YamlNode name, YamlNode node) in Map(compose, "services"))
        {
            var service = (YamlMappingNode)node;
            if (service.Children.TryGetValue("extends", out YamlNode? extends))
            {
                string other = Path.Combine(folder, Text(extends, "file"));
                YamlMappingNode extended = (YamlMappingNode)Assert.Single(Load(Relative(other)))["services"][Text(extends, "service")];
                AssertService(extended, compose, Path.GetDirectoryName(other)!);
                Assert.True(extended.Children.ContainsKey("image") || extended.Children.ContainsKey("build"), $"{name} has no image");
            }
            else
            {
                Assert.Matches(@"^[a-z0-9./-]+:v?\d+\.\d+\.\d+$", Text(service, "image"));
            }

            AssertService(service, compose, folder);
            Assert.All(List(service, "depends_on"), other => Assert.Contains(other.ToString(), Keys(compose["services"])));
        }
    }

    [Theory]
    [MemberData(nameof(Manifests))]
    public void AManifestIsOfAKindThatThereIsAndNamesWhatItHas(string file)
    {
        YamlMappingNode[] documents = Load(file);
        Assert.All(documents, static document =>
        {
            Assert.Equal(s_versions[Text(document, "kind")], Text(document, "apiVersion"));
            Assert.Matches("^[a-z0-9-]+$", Text(document["metadata"], "name"));
        });

        foreach (YamlMappingNode deployment in documents.Where(static document => Text(document, "kind") == "Deployment"))
        {
            YamlNode pod = deployment["spec"]["template"];
            var labels = (YamlMappingNode)pod["metadata"]["labels"];
            YamlMappingNode[] containers = [.. ((YamlSequenceNode)pod["spec"]["containers"]).Cast<YamlMappingNode>()];
            string[] ports = [.. containers.SelectMany(static container => List(container, "ports").Cast<YamlMappingNode>()).Select(static port => Text(port, "name"))];

            Assert.Equal(labels, deployment["spec"]["selector"]["matchLabels"]);
            Assert.All(Select(documents, "Service"), service =>
            {
                Assert.Equal(labels, service["spec"]["selector"]);
                Assert.All(List(service["spec"], "ports"), port => Assert.Contains(Text(port, "targetPort"), ports));
            });
            Assert.All(Select(documents, "NetworkPolicy"), policy =>
            {
                Assert.Equal(labels, policy["spec"]["podSelector"]["matchLabels"]);
                Assert.All(List(policy["spec"], "ingress").SelectMany(static rule => List(rule, "ports")), port => Assert.Contains(Text(port, "port"), ports));
            });
            AssertOptions(containers.SelectMany(static container => List(container, "env")).Select(static variable => Text(variable, "name")));
        }
    }

    /// <summary>By the classes of Kubernetes' own client, which are made of its API's schema.</summary>
    [Theory]
    [MemberData(nameof(Manifests))]
    public void AManifestHasNoFieldThatTheSchemaDoesNotHave(string file)
    {
        string manifest = Read(file);

        Assert.Equal(Load(file).Length, KubernetesYaml.LoadAllFromString(manifest, strict: true).Count);
        Assert.ThrowsAny<YamlException>(() => KubernetesYaml.LoadAllFromString(manifest.Replace("metadata:\n", "metadata:\n  nmae: x\n"), strict: true));
    }

    /// <summary>Each engine comes every few seconds, and async operations would cost a copy of the process each time.</summary>
    [Fact]
    public void WhatIsScrapedShowsGoroutinesWithoutAsyncOperations()
    {
        YamlNode service = Assert.Single(Load("samples/compose/service.yaml"))["services"]["orders"]["environment"];
        YamlMappingNode deployment = Select(Load("samples/kubernetes/orders.yaml"), "Deployment").Single();
        YamlNode variable = List(((YamlSequenceNode)deployment["spec"]["template"]["spec"]["containers"])[0], "env")
            .Single(static variable => Text(variable, "name") == ThreadsAlone);

        Assert.Equal("0", Text(service, ThreadsAlone));
        Assert.Equal("0", Text(variable, "value"));
        Assert.Contains($"\n{ThreadsAlone}=0 ", Read("docs/scraping.md"));
    }

    /// <summary>Coroot's agent knows no secret, and is none of those whom the network policy admits.</summary>
    [Fact]
    public void WhoIsAskedToScrapeKnowsTheSecretAndReachesThePort()
    {
        YamlMappingNode[] documents = Load("samples/kubernetes/orders.yaml");
        YamlNode template = Select(documents, "Deployment").Single()["spec"]["template"];
        YamlNode admitted = List(List(Select(documents, "NetworkPolicy").Single()["spec"], "ingress")
            .Single(static rule => Text(List(rule, "ports").Single(), "port") == "pprof"), "from").Single();

        Assert.Equal("alloy", Text(admitted["podSelector"]["matchLabels"], "app.kubernetes.io/name"));
        Assert.Contains("Pprof__Secret", List(((YamlSequenceNode)template["spec"]["containers"])[0], "env").Select(static variable => Text(variable, "name")));
        Assert.Equal(["pyroscope.io/service_name"], Keys(template["metadata"]["annotations"]));
    }

    [Fact]
    public void TheDocumentationShowsTheFilesOfTheSamples()
    {
        YamlMappingNode config = Select(Load("samples/kubernetes/alloy.yaml"), "ConfigMap").Single();

        Assert.Contains(Read("samples/compose/pyroscope/config.alloy"), Blocks("alloy"));
        Assert.Contains(Text(config["data"], "config.alloy"), Blocks("alloy"));
        Assert.Contains(Read("samples/compose/parca/parca.yaml"), Blocks("yaml"));
    }

    private static void AssertService(YamlMappingNode service, YamlMappingNode compose, string folder)
    {
        Assert.Subset(s_serviceKeys, Keys(service).ToHashSet());
        Assert.All(List(service, "networks"), network => Assert.Contains(network.ToString(), Keys(compose["networks"])));
        Assert.All(List(service, "secrets"), secret => Assert.Contains(secret.ToString(), Keys(compose["secrets"])));
        foreach (YamlNode mount in List(service, "volumes"))
        {
            string source = mount.ToString().Split(':')[0];
            Assert.True(source.StartsWith('.') ? File.Exists(Path.Combine(folder, source)) : Keys(compose["volumes"]).Contains(source), source);
        }

        if (service.Children.TryGetValue("build", out YamlNode? build))
            Assert.True(File.Exists(Path.Combine(folder, Text(build, "context"), Text(build, "dockerfile"))));

        if (service.Children.ContainsKey("environment"))
            AssertOptions(Keys(service["environment"]).Select(static key => key.ToString()));
    }

    /// <summary>What the service would not understand it would pass over without a word.</summary>
    private static void AssertOptions(IEnumerable<string> variables)
    {
        string api = Read("src/Pprof.Runtime/PublicAPI.Unshipped.txt");
        Assert.All(variables.Where(static name => name.StartsWith("Pprof__", StringComparison.Ordinal)), name =>
            Assert.Contains($"Pprof.PprofOptions.{name["Pprof__".Length..]}.set ->", api));
    }

    private static IEnumerable<YamlMappingNode> Select(YamlMappingNode[] documents, string kind) => documents.Where(document => Text(document, "kind") == kind);

    private static string Text(YamlNode node, string key) => ((YamlScalarNode)node[key]).Value!;

    private static IEnumerable<YamlNode> List(YamlNode node, string key) =>
        ((YamlMappingNode)node).Children.TryGetValue(key, out YamlNode? list) ? ((YamlSequenceNode)list).Children : [];

    private static IDictionary<YamlNode, YamlNode> Map(YamlNode node, string key) => ((YamlMappingNode)node[key]).Children;

    private static IEnumerable<string> Keys(YamlNode node) => ((YamlMappingNode)node).Children.Keys.Select(static key => key.ToString());

    private static YamlMappingNode[] Load(string file) => Parse(Read(file));

    // It refuses a key that is there twice.
    private static YamlMappingNode[] Parse(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return [.. stream.Documents.Select(static document => document.RootNode).OfType<YamlMappingNode>()];
    }

    private static string Read(string file) => File.ReadAllText(Repository.PathOf(file)).ReplaceLineEndings("\n");

    private static string[] Blocks(string language) =>
        [.. Block().Matches(Read("docs/scraping.md")).Where(block => block.Groups["language"].Value == language).Select(static block => block.Groups["text"].Value)];

    private static TheoryData<string> Files(string name) =>
        [.. Directory.GetFiles(Repository.PathOf("samples"), name, SearchOption.AllDirectories).Where(static file => file.Contains("compose") || file.Contains("kubernetes")).Select(Relative)];

    private static string Relative(string file) => Path.GetRelativePath(Repository.Root, file);

    [GeneratedRegex("^```(?<language>[a-z]+)\n(?<text>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
