using Pprof.Collectors;

namespace Pprof.Runtime.Tests.Endpoints;

/// <summary>A stream of two parts, between which a test can look at what has been sent.</summary>
internal sealed class FakeStreamCollector : StreamProfileCollector
{
    public TimeSpan? Duration { get; private set; }

    public long? Argument { get; private set; }

    public long? Words { get; private set; }

    /// <summary>The format that was asked for, and what was said of it.</summary>
    public (string Format, string Grain)? Asked { get; private set; }

    /// <summary>What comes before the first part; by default nothing.</summary>
    public Action Before { get; set; } = () => { };

    /// <summary>What comes between the two parts; by default nothing.</summary>
    public Func<CancellationToken, Task> Between { get; set; } = _ => Task.CompletedTask;

    /// <summary>The format that cannot be had; by default none.</summary>
    public string? MissingFormat { get; init; }

    internal override string? UnsupportedFormatReason(string format) => format == MissingFormat ? "there is none" : null;

    internal override string ContentType(ProfileArguments arguments) => "application/x-parts";

    internal override string? Refuse(ProfileArguments arguments) =>
        arguments.TextOf("grain") == "none" ? "invalid value for \"grain\" - there must be some" : null;

    internal override async Task WriteAsync(StreamOutput output, TimeSpan duration, ProfileArguments arguments, CancellationToken cancellation)
    {
        (Duration, Argument, Words) = (duration, arguments["parts"], arguments["words"]);
        Asked = (arguments.Format, arguments.TextOf("grain"));
        Before();
        await output.Bytes.WriteAsync("first "u8.ToArray(), cancellation);
        await output.Bytes.FlushAsync(cancellation);
        await Between(cancellation);
        await output.Bytes.WriteAsync("second"u8.ToArray(), cancellation);
    }
}
