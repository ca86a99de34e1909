using Xunit;

// The tests measure what services use of the CPU: one at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
