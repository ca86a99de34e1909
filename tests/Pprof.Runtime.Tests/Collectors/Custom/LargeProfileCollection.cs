using Xunit;

namespace Pprof.Runtime.Tests.Collectors.Custom;

/// <summary>Tests that measure the memory of the process, with nothing beside them.</summary>
[CollectionDefinition(nameof(LargeProfileCollection), DisableParallelization = true)]
public sealed class LargeProfileCollection;
