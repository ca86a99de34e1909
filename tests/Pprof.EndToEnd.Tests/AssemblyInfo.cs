using Xunit;

// The tests measure what services use of the CPU. Each of the two collections runs one of them at a time, and they run side
// by side: a service of either has a core.
[assembly: CollectionBehavior(MaxParallelThreads = 2)]
