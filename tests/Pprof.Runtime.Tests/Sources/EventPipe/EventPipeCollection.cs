using Xunit;

namespace Pprof.Runtime.Tests.Sources.EventPipe;

/// <summary>Tests of events of the process: one at a time, so that they do not see each other's.</summary>
[CollectionDefinition(nameof(EventPipeCollection), DisableParallelization = true)]
public sealed class EventPipeCollection;
