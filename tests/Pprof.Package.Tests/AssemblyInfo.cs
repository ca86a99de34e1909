using Xunit;

// Every test builds a service: one at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
