using System.CommandLine;
using Pprof.Tool.Collecting;
using Pprof.Tool.Reading;

namespace Pprof.Tool.Commands;

/// <summary>The options by which a command that looks at a profile can collect it first.</summary>
internal sealed class SourceArguments
{
    private readonly Option<string?> _profile = new("--profile") { Description = "The profile below a URL such as http://localhost:5000/debug/pprof/: profile, heap, goroutine, ...", HelpName = "name" };
    private readonly Option<int?> _seconds = new("--seconds") { Description = "The seconds to collect, of a URL.", HelpName = "number" };
    private readonly Option<string[]> _headers = new("--header") { Description = "A header of the request, 'Name: value'. For HTTP Basic write http://user:secret@host/...", HelpName = "header" };

    /// <summary>Adds the options to <paramref name="command"/>.</summary>
    public SourceArguments(Command command)
    {
        _seconds.Validators.Add(NumberValidators.Positive);
        command.Options.Add(_profile);
        command.Options.Add(_seconds);
        command.Options.Add(_headers);
    }

    /// <summary>The profile that is asked for; null where none is named.</summary>
    public string? ProfileName(ParseResult result) => result.GetValue(_profile);

    /// <summary>The seconds that are asked for; null where none are named.</summary>
    public int? Seconds(ParseResult result) => result.GetValue(_seconds);

    /// <summary>What a URL stands for, with these options.</summary>
    public ProfileAddress AddressOf(ParseResult result, string source) => ProfileAddress.Of(source, ProfileName(result), Seconds(result));

    /// <summary>Asks a service.</summary>
    public Task<byte[]> CollectAsync(ParseResult result, ProfileAddress address, ToolConsole console, CancellationToken cancellationToken) =>
        ServiceCollector.CollectAsync(address, result.GetValue(_headers) ?? [], console, cancellationToken);

    /// <summary>Reads a file, or asks a service.</summary>
    public async Task<ProfileFile> ReadAsync(ParseResult result, string source, ToolConsole console, CancellationToken cancellationToken)
    {
        if (!ProfileAddress.IsAddress(source))
        {
            return await ProfileFile.LoadAsync(source, cancellationToken);
        }

        ProfileAddress address = AddressOf(result, source);
        return ProfileFile.Parse(await CollectAsync(result, address, console, cancellationToken), address.ToString(), address.ProfileName);
    }
}
