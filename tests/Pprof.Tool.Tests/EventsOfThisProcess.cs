using Xunit;

namespace Pprof.Tool.Tests;

/// <summary>Tests that record this process. What one asks the runtime for changes what another is told.</summary>
[CollectionDefinition(nameof(EventsOfThisProcess))]
public sealed class EventsOfThisProcess;
