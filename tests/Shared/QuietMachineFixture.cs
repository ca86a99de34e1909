using Xunit;

namespace Pprof.Testing;

/// <summary>The machine, as long as the tests of a class or a collection run.</summary>
public sealed class QuietMachineFixture : IAsyncLifetime
{
    private QuietMachine? _machine;

    /// <inheritdoc/>
    public async Task InitializeAsync() => _machine = await QuietMachine.EnterAsync();

    /// <inheritdoc/>
    public Task DisposeAsync()
    {
        _machine?.Dispose();
        return Task.CompletedTask;
    }
}
