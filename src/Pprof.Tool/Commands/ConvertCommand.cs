using System.CommandLine;
using Pprof.Tool.Converting;

namespace Pprof.Tool.Commands;

/// <summary><c>convert</c>: profiles of what other tools of .NET record.</summary>
internal static class ConvertCommand
{
    /// <summary>The command.</summary>
    public static Command Create(ToolConsole console)
    {
        var command = new Command("convert", "Makes a profile of a .nettrace file (dotnet-trace, dotnet-monitor) or of a .gcdump file (dotnet-gcdump).");
        var source = new Argument<string>("FILE") { Description = "The recording." };
        var profile = new Option<string?>("--profile") { Description = "What to take of a .nettrace file: wall, allocs or mutex; the first of them that it has without this.", HelpName = "name" };
        var output = new Option<string?>("--output", "-o") { Description = "The file to write; without it the recording's name with .pb.gz.", HelpName = "file" };
        command.Arguments.Add(source);
        command.Options.Add(profile);
        command.Options.Add(output);
        command.SetAction(async (result, cancellationToken) =>
        {
            string recording = result.GetRequiredValue(source);
            byte[] converted = Convert(recording, result.GetValue(profile));
            string file = result.GetValue(output) ?? Path.ChangeExtension(recording, ".pb.gz");
            await OutputFile.WriteAsync(file, converted, cancellationToken);
            await console.Output.WriteLineAsync(file);
            return ExitCode.Success;
        });
        return command;
    }

    private static byte[] Convert(string recording, string? name)
    {
        if (!File.Exists(recording))
        {
            throw new ToolException($"there is no file {recording}");
        }

        if (GcDump.IsOne(recording))
        {
            return GcDumpConverter.Convert(recording);
        }

        if (!NettraceConverter.CanRead(recording))
        {
            throw new ToolException($"{recording} is neither a .nettrace nor a .gcdump file");
        }

        IEnumerable<EventProfile> wanted = name is null ? Enum.GetValues<EventProfile>() : [EventProfiles.Named(name)];
        foreach (EventProfile kind in wanted)
        {
            if (NettraceConverter.Convert(recording, kind) is { } converted)
            {
                return converted;
            }
        }

        throw new ToolException(name is null
            ? $"{recording} has neither samples nor allocations nor contentions with stacks"
            : $"{recording} has no events for the profile {name}");
    }
}
