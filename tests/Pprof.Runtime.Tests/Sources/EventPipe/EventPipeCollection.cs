using Pprof.Testing;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.EventPipe;

/// <summary>
/// Tests of events of the process: one at a time, so that they do not see each other's, and while nobody else builds: they
/// compare what threads waited with what they measured themselves.
/// </summary>
[CollectionDefinition(nameof(EventPipeCollection), DisableParallelization = true)]
public sealed class EventPipeCollection : ICollectionFixture<EventPipeCollection.Quiet>
{
    /// <summary>The machine, as long as the tests of the collection run.</summary>
    public sealed class Quiet : IAsyncLifetime
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
}
