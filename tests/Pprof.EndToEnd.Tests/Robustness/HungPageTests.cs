using System.Text.RegularExpressions;
using Pprof.EndToEnd.Tests.Accuracy;
using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests.Robustness;

/// <summary>
/// The whole page of a program that has something of each: threads, labels, locks, a deadlock, operations, timers. Masked is
/// what differs from run to run, as numbers and places in code; the runtime's own threads, which come and go, are left out.
/// </summary>
[Collection(nameof(Workloads))]
[Measures]
public sealed partial class HungPageTests
{
    private static readonly string s_golden = Repository.PathOf("tests", "Pprof.EndToEnd.Tests", "Robustness", "HungPage.txt");

    [ToolFact(Tools.Linux)]
    public async Task ThePageIsAsItIsKnown()
    {
        string golden = await File.ReadAllTextAsync(s_golden);
        using RunningService service = await RunningService.StartAsync(
            DotNet.Path,
            [Workloads.BuiltAssembly, "--hung-worker=page", "--Pprof:ListenUrl=http://127.0.0.1:0"],
            Path.GetDirectoryName(Workloads.BuiltAssembly),
            ServingLine());
        string page = "";

        // Threads take their time to where they wait.
        for (int i = 0; i < 100 && page != golden; i++)
        {
            page = Mask(await service.Client.GetStringAsync("/debug/pprof/goroutine?debug=2"));
            await Task.Delay(50);
        }

        Assert.Equal(golden, page);
    }

    private static string Mask(string page)
    {
        Dictionary<string, string> ids = [];
        string own = string.Join("\n\n", page.Split("\n\n").Where(static block => !RuntimesOwn().IsMatch(block)));
        own = Ids().Replace(own, id => ids.TryGetValue(id.Value, out string? known) ? known : ids[id.Value] = $"{ids.Count + 1}");
        own = ThreadList().Replace(own, list => IdInList().Replace(list.Value, id => ids.GetValueOrDefault(id.Value, "?")));
        own = Numbers().Replace(own, "#");
        return Places().Replace(own, static place => $"\t{Path.GetFileName(place.Groups[1].Value)}:# +#");
    }

    [GeneratedRegex(@"pprof serves (http://\S+)/debug/pprof/")]
    private static partial Regex ServingLine();

    [GeneratedRegex(@"^goroutine \d+ \[[^\]\n]*(""\.NET |code"":""native)")]
    private static partial Regex RuntimesOwn();

    [GeneratedRegex(@"(?<=\b(thread|goroutine) )\d+")]
    private static partial Regex Ids();

    [GeneratedRegex(@"(?<=threads? waits?: |\(threads )[\d, ]+")]
    private static partial Regex ThreadList();

    [GeneratedRegex(@"\d+")]
    private static partial Regex IdInList();

    [GeneratedRegex(@"(?<=(Monitor|Lock) )\d+|(?<=thread pool: )\d+ threads?|(?<=at once )\d+|(?<=at most )\d+")]
    private static partial Regex Numbers();

    [GeneratedRegex(@"\t(\S+):\d+ \+0x[0-9a-f]+")]
    private static partial Regex Places();
}
