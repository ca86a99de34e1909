using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using Microsoft.Diagnostics.NETCore.Client;
using Pprof.Testing;
using Pprof.Tool.Converting;
using Xunit;

namespace Pprof.Tool.Tests;

/// <summary>Profiles of what other tools record: of this process, whose work is known.</summary>
[Collection(nameof(EventsOfThisProcess))]
public sealed class ConvertTests : IDisposable
{
    private static readonly object s_lock = new();

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task ARecordingHasThreeProfiles()
    {
        string recording = Path.Combine(_folder.Path, "work.nettrace");
        var client = new DiagnosticsClient(Environment.ProcessId);
        using (EventPipeSession session = await client.StartEventPipeSessionAsync(
            AllProviders(), requestRundown: true, circularBufferMB: 256, CancellationToken.None))
        {
            await using FileStream file = File.Create(recording);
            Task copying = session.EventStream.CopyToAsync(file);
            using (Work.Start())
                await Task.Delay(TimeSpan.FromSeconds(2));

            await session.StopAsync(CancellationToken.None);
            await copying;
        }

        // Two threads, of which one waits all the time and the other never does.
        string wall = await TopAsync(recording, "wall");
        Assert.Contains("Type: wall", wall, StringComparison.Ordinal);
        Assert.Contains("this is not CPU time", wall, StringComparison.Ordinal);
        double waited = SecondsOf(wall, nameof(Work.WaitForTheEnd));
        double ran = SecondsOf(wall, nameof(Work.Run));
        Assert.InRange(waited, 1, 4);
        Assert.InRange(ran / waited, 0.7, 1.3);

        string allocations = await TopAsync(recording, "allocs");
        Assert.Contains("Type: alloc_space", allocations, StringComparison.Ordinal);
        Assert.Contains("  Allocated[]", allocations, StringComparison.Ordinal);
        Assert.Contains($".{nameof(Work.Allocate)}", allocations, StringComparison.Ordinal);

        string mutex = await TopAsync(recording, "mutex");
        Assert.Contains("Type: delay", mutex, StringComparison.Ordinal);
        Assert.Contains($".{nameof(Work.Contend)}", mutex, StringComparison.Ordinal);

        // Without a name the first.
        await ToolRun.PrintAsync("convert", recording);
        Assert.Contains("Type: wall", await ToolRun.PrintAsync("top", Path.ChangeExtension(recording, ".pb.gz")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AProcessIsCollectedThroughItsPort()
    {
        string file = Path.Combine(_folder.Path, "self.pb.gz");
        using (Work.Start())
            await ToolRun.PrintAsync("collect", Environment.ProcessId.ToString(CultureInfo.InvariantCulture), "--seconds", "1", "-o", file);

        string top = await ToolRun.PrintAsync("top", "--cum", file);
        Assert.Contains("Type: wall", top, StringComparison.Ordinal);
        Assert.InRange(SecondsOf(top, nameof(Work.Run)), 0.5, 3);
        Assert.Contains($"File: {Assembly.GetEntryAssembly()!.GetName().Name}.dll", top, StringComparison.Ordinal);
    }

    /// <summary>As the endpoints name it. Whoever waits for sockets calls native code by one.</summary>
    [ToolFact(Tools.Linux)]
    public async Task CodeOfNoMethodIsAStub()
    {
        string file = Path.Combine(_folder.Path, "self.pb.gz");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task<TcpClient> accepting = listener.AcceptTcpClientAsync();
        await ToolRun.PrintAsync("collect", Environment.ProcessId.ToString(CultureInfo.InvariantCulture), "--seconds", "1", "-o", file);

        string top = await ToolRun.PrintAsync("top", "--cum", "--focus", "SocketAsyncEngine", file);
        Assert.Contains("  [JIT stub]\n", top, StringComparison.Ordinal);
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        (await accepting).Dispose();
    }

    [Theory]
    [InlineData("dotnet", "/usr/bin/dotnet /srv/Web Api/Shop.Api.dll --load Other.dll", "/srv/Web Api/Shop.Api.dll")]
    [InlineData("dotnet", "dotnet exec --depsfile Api.dll.json \"C:\\srv\\Other.dll\"", "/srv/Other.dll")]
    [InlineData("Other", "/srv/Other Shop.Api.dll", "/srv/Other.dll")]
    [InlineData("dotnet", "dotnet MyOther.dll", "dotnet")]
    [InlineData("native", "/srv/native", "native")]
    public void TheProgramIsTheAssemblyThatIsRun(string process, string commandLine, string file) =>
        Assert.Equal(file, TraceProgram.FileOf(process, commandLine, ["/usr/share/System.Private.CoreLib.dll", "", "/srv/Other.dll", "/srv/Api.dll", "/srv/Web Api/Shop.Api.dll"]));

    [Fact]
    public async Task WhatIsNoProcessIsAnError()
    {
        ToolRun run = await ToolRun.RunAsync("collect", "999999999");

        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith("process 999999999 cannot be asked: ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ADamagedRecordingIsAnError()
    {
        string file = _folder.Path + "/broken.nettrace";
        await File.WriteAllBytesAsync(file, [.. "Nettrace"u8, 20, 0, 0, 0, 1, 2, 3]);
        ToolRun run = await ToolRun.RunAsync("convert", file);

        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith($"{file} cannot be read: ", run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>The providers of all three profiles, each once.</summary>
    private static EventPipeProvider[] AllProviders() =>
    [
        .. Enum.GetValues<EventProfile>().SelectMany(EventProfiles.ProvidersOf)
            .GroupBy(provider => provider.Name)
            .Select(same => new EventPipeProvider(same.Key, same.Max(provider => provider.EventLevel), same.Aggregate(0L, (keywords, provider) => keywords | provider.Keywords))),
    ];

    private async Task<string> TopAsync(string recording, string profile)
    {
        string file = Path.Combine(_folder.Path, profile + ".pb.gz");
        await ToolRun.PrintAsync("convert", recording, "--profile", profile, "-o", file);
        return await ToolRun.PrintAsync("top", "--cum", file);
    }

    /// <summary>The cumulative seconds of the method of <see cref="Work"/>.</summary>
    private static double SecondsOf(string top, string method)
    {
        string line = top.Split('\n').First(line => line.EndsWith($".{nameof(Work)}.{method}", StringComparison.Ordinal));
        string value = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3];
        return value.EndsWith("ms", StringComparison.Ordinal)
            ? double.Parse(value[..^2], CultureInfo.InvariantCulture) / 1000
            : double.Parse(value[..^1], CultureInfo.InvariantCulture);
    }

    /// <summary>A thread that runs, one that waits, and two that want one lock.</summary>
    private sealed class Work : IDisposable
    {
        private readonly ManualResetEventSlim _end = new();
        private readonly Thread[] _threads;
        private Allocated[]? _last;

        private Work()
        {
            _threads = [new(Run), new(WaitForTheEnd), new(Contend), new(Contend)];
            foreach (Thread thread in _threads)
                thread.Start();
        }

        public static Work Start() => new();

        public void Dispose()
        {
            _end.Set();
            foreach (Thread thread in _threads)
                thread.Join();

            _end.Dispose();
        }

        public void Run()
        {
            while (!_end.IsSet)
                Allocate();
        }

        public void Allocate()
        {
            _last = new Allocated[1000];
            for (int i = 0; i < _last.Length; i++)
                _last[i].Value = i;
        }

        public void WaitForTheEnd() => _end.Wait();

        public void Contend()
        {
            while (!_end.IsSet)
            {
                lock (s_lock)
                    Thread.Sleep(20);
            }
        }

        public struct Allocated
        {
            public long Value;
        }
    }
}
