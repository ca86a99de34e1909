using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Pprof.Testing;
using Xunit;

namespace Pprof.Tool.Tests;

/// <summary>The tool as the shell starts it: on a terminal and elsewhere, ended by signals.</summary>
public sealed partial class TerminalTests : IDisposable
{
    private const int Interrupt = 2;
    private const int Terminate = 15;

    // For env(1). What a shell starts in the background ignores interrupts, and so does all that it starts.
    private const string HearsInterrupts = "--default-signal=INT";

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    private readonly TemporaryFolder _folder = new();

    private string File => Path.Combine(_folder.Path, "profile.pb.gz");

    public void Dispose() => _folder.Dispose();

    [ToolTheory(Tools.Linux)]
    [InlineData(Interrupt, 130)]
    [InlineData(Terminate, 143)]
    public async Task ASignalEndsTheCollectionOfAServiceAndLeavesNoFile(int signal, int code)
    {
        await using CollectionService service = await CollectionService.StartAsync();
        using System.Diagnostics.Process tool = StartTool(Arguments(service.Address + "/never", "--seconds", "60"));
        await service.Asked.WaitAsync(s_patience);
        Kill(tool.Id, signal);
        string error = await tool.StandardError.ReadToEndAsync().WaitAsync(s_patience);
        await tool.WaitForExitAsync().WaitAsync(s_patience);

        Assert.Equal(code, tool.ExitCode);
        Assert.EndsWith("ended; nothing was written\n", error, StringComparison.Ordinal);
        Assert.Empty(await tool.StandardOutput.ReadToEndAsync());
        Assert.Empty(Directory.GetFiles(_folder.Path));

        // The service does not collect for the rest of the minute.
        await service.Left.WaitAsync(s_patience);
    }

    [ToolFact(Tools.Linux)]
    public async Task ASignalEndsTheCollectionOfAProcessWithWhatThereIs()
    {
        using System.Diagnostics.Process tool = StartTool(Arguments(Environment.ProcessId.ToString(CultureInfo.InvariantCulture), "--seconds", "600"));
        await ReadUntilAsync(tool.StandardError, "collecting ");

        // Something has to be there by then.
        await Task.Delay(TimeSpan.FromSeconds(1));
        Kill(tool.Id, Interrupt);
        string error = await tool.StandardError.ReadToEndAsync().WaitAsync(s_patience);
        await tool.WaitForExitAsync().WaitAsync(s_patience);

        Assert.True(tool.ExitCode == 0, error);
        Assert.Equal([File], Directory.GetFiles(_folder.Path));
        Assert.Contains("Type: wall", await ToolRun.PrintAsync("top", File), StringComparison.Ordinal);
    }

    [ToolFact(Tools.Script)]
    public async Task ATerminalShowsABarThatIsGoneAtTheEnd()
    {
        await using CollectionService service = await CollectionService.StartAsync();
        using System.Diagnostics.Process terminal = StartOnTerminal(service.Address + "/heap", "--seconds", "10");
        string shown = await terminal.StandardOutput.ReadToEndAsync().WaitAsync(s_patience);
        await terminal.WaitForExitAsync().WaitAsync(s_patience);

        Assert.True(terminal.ExitCode == 0, shown);
        Assert.Matches(@"\r\[[#-]{30}\] +\d+ s left", shown);
        Assert.Matches(@"\r +\r[^\[]*$", shown);
        Assert.EndsWith(File, shown.TrimEnd(), StringComparison.Ordinal);
    }

    [ToolFact(Tools.Script)]
    public async Task CtrlCOnATerminalEndsIt()
    {
        await using CollectionService service = await CollectionService.StartAsync();
        using System.Diagnostics.Process terminal = StartOnTerminal(service.Address + "/never", "--seconds", "60");
        await ReadUntilAsync(terminal.StandardOutput, " s left");
        await terminal.StandardInput.WriteAsync('\x03');
        await terminal.StandardInput.FlushAsync();
        string shown = await terminal.StandardOutput.ReadToEndAsync().WaitAsync(s_patience);
        await terminal.WaitForExitAsync().WaitAsync(s_patience);

        Assert.Equal(130, terminal.ExitCode);
        Assert.EndsWith("ended; nothing was written", shown.TrimEnd(), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task ElsewhereThereIsALineAndNoBar()
    {
        await using CollectionService service = await CollectionService.StartAsync();
        ProcessResult result = await ChildProcess.RunAsync(DotNet.Path, Arguments(service.Address + "/heap", "--seconds", "10"));

        Assert.Equal((0, $"collecting {service.Address}/heap?seconds=10 for 10 s{Environment.NewLine}"), (result.ExitCode, result.Error));
        Assert.Equal(File, result.Output.TrimEnd());
    }

    private string[] Arguments(string source, params string[] options) => [typeof(ToolConsole).Assembly.Location, "collect", source, .. options, "-o", File];

    // What a shell starts in the background ignores the interrupt, and so does all that it starts.
    private static System.Diagnostics.Process StartTool(IEnumerable<string> arguments) =>
        Start("env", [HearsInterrupts, DotNet.Path, .. arguments]);

    private static System.Diagnostics.Process Start(string file, IEnumerable<string> arguments)
    {
        ProcessStartInfo start = ChildProcess.Describe(file, arguments, folder: null, environment: null);
        start.RedirectStandardInput = true;
        return System.Diagnostics.Process.Start(start)!;
    }

    private System.Diagnostics.Process StartOnTerminal(string source, params string[] options)
    {
        string command = string.Join(' ', Arguments(source, options).Prepend(DotNet.Path).Select(static word => $"'{word}'"));
        return Start(Tools.PathOf(Tools.Script), ["--quiet", "--return", "--flush", "--command", $"exec env {HearsInterrupts} {command}", "/dev/null"]);
    }

    private static async Task ReadUntilAsync(StreamReader reader, string text)
    {
        var seen = new StringBuilder();
        char[] part = new char[256];
        using var patience = new CancellationTokenSource(s_patience);
        while (!seen.ToString().Contains(text, StringComparison.Ordinal))
        {
            int count = await reader.ReadAsync(part, patience.Token);
            Assert.True(count > 0, $"It ended before it said '{text}': {seen}");
            seen.Append(part, 0, count);
        }
    }

    private static void Kill(int process, int signal) => Assert.Equal(0, SendSignal(process, signal));

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}
