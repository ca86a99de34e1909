using Xunit;

// The tests measure what services use of the CPU, by clocks of the CPU, so that a service that has to wait for one uses no more.
// Three collections run at a time, and each runs one test at a time: most wait for seconds of real time.
[assembly: CollectionBehavior(MaxParallelThreads = 3)]
[assembly: TestCollectionOrderer("Pprof.EndToEnd.Tests.LongestFirst", "Pprof.EndToEnd.Tests")]
