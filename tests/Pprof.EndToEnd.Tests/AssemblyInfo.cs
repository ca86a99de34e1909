using Xunit;

[assembly: TestFramework("Pprof.Testing.MeasuringTestFramework", "Pprof.EndToEnd.Tests")]

// The tests measure what services use of the CPU. Two collections run at a time, and each runs one test at a time: a service of
// either has a core.
[assembly: CollectionBehavior(MaxParallelThreads = 2)]
[assembly: TestCollectionOrderer("Pprof.EndToEnd.Tests.LongestFirst", "Pprof.EndToEnd.Tests")]
