using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Pprof.Tool.Collecting;
using Xunit;

namespace Pprof.Tool.Tests;

/// <summary>What a service is asked for, and what becomes of its answer.</summary>
public sealed class CollectTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<(string Url, string Authorization, string Other)> _requests = [];
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WebApplication _service = null!;

    private string File => Path.Combine(_folder.Path, "profile.pb.gz");

    private string Address => _service.Urls.First();

    public async Task InitializeAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        _service = builder.Build();
        _service.Urls.Add("http://127.0.0.1:0");
        _service.Run(AnswerAsync);
        await _service.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _service.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("/debug/pprof/heap", "", "/debug/pprof/heap")]
    [InlineData("/debug/pprof/", "--profile heap", "/debug/pprof/heap")]
    [InlineData("/debug/pprof", "", "/debug/pprof/profile")]
    [InlineData("", "", "/debug/pprof/profile")]
    [InlineData("/debug/pprof/heap?gc=1", "--seconds 5", "/debug/pprof/heap?gc=1&seconds=5")]
    [InlineData("/debug/pprof/profile?seconds=9&hz=50", "--seconds 5", "/debug/pprof/profile?hz=50&seconds=5")]
    [InlineData("/internal/", "--profile heap", "/internal/heap")]
    public async Task TheProfileIsAskedForThatIsMeant(string path, string options, string asked)
    {
        await ToolRun.PrintAsync(["collect", Address + path, "-o", File, .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

        Assert.Equal(asked, Assert.Single(_requests).Url);
        Assert.Equal(await System.IO.File.ReadAllBytesAsync(Recorded.PathOf(Recorded.Heap1)), await System.IO.File.ReadAllBytesAsync(File));
    }

    [Fact]
    public async Task UserAndPasswordOfTheAddressAreSentAndNotShown()
    {
        ToolRun run = await ToolRun.RunAsync(
            "top", Address.Replace("//", "//pprof:s%40crt@", StringComparison.Ordinal) + "/debug/pprof/heap", "--header", "X-Tenant: acme");

        Assert.Equal(0, run.ExitCode);
        (string _, string authorization, string tenant) = Assert.Single(_requests);
        Assert.Equal("Basic " + Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes("pprof:s@crt")), authorization);
        Assert.Equal("acme", tenant);
        Assert.DoesNotContain("crt", run.Output + run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/refused", "403 Forbidden: only from this machine")]
    [InlineData("/page", "is no pprof profile")]
    [InlineData("/text", "is no pprof profile but text; a profile is had without debug=")]
    public async Task WhatIsNoProfileIsAnErrorInOneLineAndWritesNothing(string path, string error)
    {
        ToolRun run = await ToolRun.RunAsync("collect", Address + path, "-o", File);

        Assert.Equal(1, run.ExitCode);
        string[] lines = run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("collecting ", lines[0], StringComparison.Ordinal);
        Assert.Contains(error, lines[1], StringComparison.Ordinal);
        Assert.False(System.IO.File.Exists(File));
    }

    [Fact]
    public async Task CtrlCEndsACollection()
    {
        using var end = new CancellationTokenSource();
        Task<ToolRun> running = ToolRun.RunAsync(["collect", Address + "/never", "-o", File], end.Token);
        await _asked.Task;
        await end.CancelAsync();
        ToolRun run = await running;

        Assert.Equal(130, run.ExitCode);
        Assert.EndsWith($"ended; nothing was written{Environment.NewLine}", run.Error, StringComparison.Ordinal);
        Assert.False(System.IO.File.Exists(File));
    }

    [Fact]
    public async Task AServiceThatIsNotThereIsAnErrorWithoutASecret()
    {
        string address = Address;
        await _service.StopAsync();
        ToolRun run = await ToolRun.RunAsync("top", address.Replace("//", "//pprof:hidden@", StringComparison.Ordinal) + "/debug/pprof/heap");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("/debug/pprof/heap: ", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "[------------------------------]   10 s left")]
    [InlineData(4.2, "[############------------------]    6 s left")]
    [InlineData(10.5, "[##############################] waiting for the answer")]
    public void TheProgressCountsDown(double elapsed, string line) => Assert.Equal(line, CollectionProgress.Line(elapsed, 10));

    private async Task AnswerAsync(HttpContext context)
    {
        _requests.Add((context.Request.Path + context.Request.QueryString, context.Request.Headers.Authorization.ToString(), context.Request.Headers["X-Tenant"].ToString()));
        switch (context.Request.Path.Value)
        {
            case "/refused":
                context.Response.StatusCode = StatusCodes.Status403Forbidden;
                context.Response.ContentType = "text/plain; charset=utf-8";
                await context.Response.WriteAsync("only from this machine\n");
                break;
            case "/page":
                await context.Response.WriteAsync("<html>\u00fc</html>");
                break;
            case "/text":
                await context.Response.WriteAsync("heap profile: 1: 2 [3: 4] @ heap/1048576\n");
                break;
            case "/never":
                _asked.SetResult();
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
                break;
            default:
                await context.Response.SendFileAsync(Recorded.PathOf(Recorded.Heap1));
                break;
        }
    }
}
