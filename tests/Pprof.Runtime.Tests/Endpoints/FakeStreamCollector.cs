using Pprof.Collectors;

namespace Pprof.Runtime.Tests.Endpoints;

/// <summary>A stream of two parts, between which a test can look at what has been sent.</summary>
internal sealed class FakeStreamCollector : StreamProfileCollector
{
    public TimeSpan? Duration { get; private set; }

    public long? Argument { get; private set; }

    public long? Words { get; private set; }

    /// <summary>What comes before the first part; by default nothing.</summary>
    public Action Before { get; set; } = () => { };

    /// <summary>What comes between the two parts; by default nothing.</summary>
    public Func<CancellationToken, Task> Between { get; set; } = _ => Task.CompletedTask;

    internal override string ContentType(ProfileArguments arguments) => "application/x-parts";

    internal override async Task WriteAsync(StreamOutput output, TimeSpan duration, ProfileArguments arguments, CancellationToken cancellation)
    {
        (Duration, Argument, Words) = (duration, arguments["parts"], arguments["words"]);
        Before();
        await output.Bytes.WriteAsync("first "u8.ToArray(), cancellation);
        await output.Bytes.FlushAsync(cancellation);
        await Between(cancellation);
        await output.Bytes.WriteAsync("second"u8.ToArray(), cancellation);
    }
}
