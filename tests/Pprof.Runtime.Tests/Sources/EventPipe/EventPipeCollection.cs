using Pprof.Testing;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.EventPipe;

/// <summary>
/// Tests of events of the process: one at a time, so that they do not see each other's, and while nobody else builds: they
/// compare what threads waited with what they measured themselves.
/// </summary>
[CollectionDefinition(nameof(EventPipeCollection), DisableParallelization = true)]
public sealed class EventPipeCollection : ICollectionFixture<QuietMachineFixture>;
