using Pprof.Runtime.Tests.Symbols.NativeAot;
using Pprof.Testing;
using Xunit;

namespace Pprof.Runtime.Tests.Collectors.Heap;

/// <summary>
/// The heap of a program that is compiled ahead of time: the program compares what is estimated with what it knows.
/// </summary>
[Measures]
public sealed class NativeAotHeapTests(NativeAotProgram program) : IClassFixture<NativeAotProgram>
{
    [ToolTheory(Tools.Linux, Tools.NativeCompiler)]
    [InlineData("sum")]
    [InlineData("sites")]
    [InlineData("stack")]
    [InlineData("kept")]
    [InlineData("cache")]
    [InlineData("burst")]
    [InlineData("handles")]
    [InlineData("counters")]
    [InlineData("threads")]
    [InlineData("collections")]
    [InlineData("rates")]
    [InlineData("demand")]
    [InlineData("never")]
    [InlineData(nameof(KnownLives.PinnedPool))]
    [InlineData(nameof(KnownLives.Generations))]
    [InlineData(nameof(KnownLives.Background))]
    [InlineData(nameof(KnownLives.Compaction))]
    [InlineData(nameof(KnownLives.WeakKeys))]
    public Task WhatIsEstimatedIsWhatTheProgramKnows(string name) => program.AssertIsOkAsync("memory", name);
}
