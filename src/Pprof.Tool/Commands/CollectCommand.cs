using System.CommandLine;
using System.Globalization;
using Pprof.Tool.Collecting;
using Pprof.Tool.Converting;
using Pprof.Tool.Reading;

namespace Pprof.Tool.Commands;

/// <summary><c>collect URL|PID</c>: saves a profile.</summary>
internal static class CollectCommand
{
    private const int DefaultSeconds = 30;

    /// <summary>The command.</summary>
    public static Command Create(ToolConsole console)
    {
        var command = new Command("collect", "Saves a profile of a service (URL) or of a .NET process on this machine (PID).");
        var source = new Argument<string>("URL|PID")
        {
            Description = "A profile's URL, the base URL of all with --profile, or the number of a process. A process without the package is asked through its diagnostic port; --profile is wall (default), allocs or mutex then.",
        };
        var output = new Option<string?>("--output", "-o") { Description = "The file to write; without it one named after source, profile and time in this folder.", HelpName = "file" };
        command.Arguments.Add(source);
        command.Options.Add(output);
        var arguments = new SourceArguments(command);
        command.SetAction(async (result, cancellationToken) =>
        {
            string from = result.GetRequiredValue(source);
            (byte[] content, string name) = int.TryParse(from, NumberStyles.None, CultureInfo.InvariantCulture, out int id)
                ? await CollectProcessAsync(result, arguments, id, console, cancellationToken)
                : await CollectServiceAsync(result, arguments, from, console, cancellationToken);
            string file = result.GetValue(output) ?? name;
            // Also after Ctrl+C: what was collected of a process until then is kept.
            await OutputFile.WriteAsync(file, content, CancellationToken.None);
            await console.Output.WriteLineAsync(file);
            return ExitCode.Success;
        });
        return command;
    }

    private static async Task<(byte[] Content, string Name)> CollectServiceAsync(
        ParseResult result, SourceArguments arguments, string source, ToolConsole console, CancellationToken cancellationToken)
    {
        if (!ProfileAddress.IsAddress(source))
        {
            throw new ToolException($"{source} is neither a URL nor the number of a process");
        }

        ProfileAddress address = arguments.AddressOf(result, source);
        byte[] content = await arguments.CollectAsync(result, address, console, cancellationToken);
        if (address.ProfileName == ProfileAddress.Trace)
        {
            return (content, FileName(address.Host, address.ProfileName, ".out"));
        }

        // What is not a profile is better said now than when it is looked at.
        ProfileFile.Parse(content, address.ToString(), address.ProfileName);
        return (content, FileName(address.Host, address.ProfileName, ".pb.gz"));
    }

    private static async Task<(byte[] Content, string Name)> CollectProcessAsync(
        ParseResult result, SourceArguments arguments, int id, ToolConsole console, CancellationToken cancellationToken)
    {
        EventProfile kind = EventProfiles.Named(arguments.ProfileName(result) ?? "wall");
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, "events.nettrace");
        await ProcessCollector.CollectAsync(id, kind, arguments.Seconds(result) ?? DefaultSeconds, file, console, cancellationToken);
        byte[] content = NettraceConverter.Convert(file, kind)
            ?? throw new ToolException($"process {id} had no events for the profile {EventProfiles.NameOf(kind)}");
        return (content, FileName(id.ToString(CultureInfo.InvariantCulture), EventProfiles.NameOf(kind), ".pb.gz"));
    }

    private static string FileName(string source, string profile, string extension) => string.Create(
        CultureInfo.InvariantCulture, $"pprof.{source}.{profile.Replace('/', '_')}.{DateTime.Now:yyyyMMdd-HHmmss}{extension}");
}
