using Pprof.Testing;

namespace Pprof.Bench;

/// <summary>What the package costs a service that nobody asks for a profile: time to the first answer, memory, size.</summary>
internal static class StartupBenchmark
{
    private const string Jit = "JIT";
    private const string NativeAot = "NativeAOT";

    private const string WatchingThreads = "Pprof.EnablePprof(ThreadCreation = true)";

    private const string None = "Pprof.EnablePprof(Profiles = Pprof.PprofProfiles.None)";

    // Without what is sampled all the time, traces and the wall clock: what a program gets that says which profiles it wants.
    private const string Four =
        "Pprof.EnablePprof(Profiles = Pprof.PprofProfiles.Cpu | Pprof.PprofProfiles.Mutex | Pprof.PprofProfiles.Block | Pprof.PprofProfiles.ThreadCreate)";

    public static async Task<int> RunAsync(Settings settings)
    {
        using var folder = new TemporaryFolder();
        using var feed = new PackageFeed(Repository.PathOf("artifacts", "bench", "Package"));
        Console.WriteLine($"package: {new FileInfo(await feed.GetAsync()).Length:N0} bytes");
        foreach (string title in new[] { Jit, NativeAot }.Where(kind => settings.Content is "" || settings.Content == kind))
        {
            bool native = title == NativeAot;
            PublishedService without = await PublishAsync(null);
            Compare($"{title}, [assembly: EnablePprof]", without, await PublishAsync("Pprof.EnablePprof"), settings.Rounds);
            Compare($"{title}, ThreadCreation = true", without, await PublishAsync(WatchingThreads), settings.Rounds);
            Compare($"{title}, profile, mutex, block and threadcreate", without, await PublishAsync(Four), settings.Rounds);
            if (native)
            {
                Compare($"{title}, no profile", without, await PublishAsync(None), settings.Rounds);
            }

            Task<PublishedService> PublishAsync(string? attribute) => PublishedService.PublishAsync(
                Path.Combine(folder.Path, $"{title}-{attribute?.Length}"), feed, attribute, native);
        }

        return 0;
    }

    private static void Compare(string title, PublishedService without, PublishedService with, int rounds)
    {
        List<Startup> before = [];
        List<Startup> after = [];

        // The first starts read the files from the disk.
        Startup.Measure(without);
        Startup.Measure(with);
        for (int round = 0; round < rounds; round++)
        {
            before.Add(Startup.Measure(without));
            after.Add(Startup.Measure(with));
        }

        Console.WriteLine($"{title}: {rounds} starts without the package and {rounds} with it, in turns; medians");
        Print("first answer, ms", before, after, start => start.Milliseconds, "F1");
        Print("CPU time, ms", before, after, start => start.CpuMilliseconds, "F1");
        Print("page faults", before, after, start => start.PageFaults, "F0");
        Print("resident memory, MB", before, after, start => start.Resident / 1e6, "F1");
        Print("of it no file's, MB", before, after, start => start.Own / 1e6, "F1");
        Print("methods jitted", before, after, start => start.JittedMethods, "F0");
        Print("size, MB", without.Size / 1e6, with.Size / 1e6, "F2");
        Console.WriteLine($"  assemblies more: {string.Join(", ", after[^1].Assemblies.Except(before[^1].Assemblies))}");
    }

    private static void Print(string name, List<Startup> without, List<Startup> with, Func<Startup, double> figure, string format) =>
        Print(name, Comparison.Median(without.Select(figure)), Comparison.Median(with.Select(figure)), format);

    private static void Print(string name, double without, double with, string format) => Console.WriteLine(
        $"  {name,-20} {without.ToString(format),8} → {with.ToString(format),8}  +{(with - without).ToString(format)}"
        + (without > 0 ? $"  ×{with / without:F3}" : ""));
}
