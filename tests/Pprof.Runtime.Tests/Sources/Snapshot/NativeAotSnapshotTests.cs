using Pprof.Runtime.Tests.Symbols.NativeAot;
using Pprof.Testing;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.Snapshot;

/// <summary>A copy of a program that is compiled ahead of time: the program compares what is found with what it knows.</summary>
[Measures]
public sealed class NativeAotSnapshotTests(NativeAotProgram program) : IClassFixture<NativeAotProgram>
{
    [ToolTheory(Tools.Linux, Tools.NativeCompiler)]
    [InlineData("types")]
    [InlineData("busy")]
    [InlineData("limit")]
    [InlineData("operations")]
    [InlineData("locks")]
    [InlineData("labels")]
    [InlineData("tasks")]
    [InlineData("pool")]
    public Task WhatIsFoundIsWhatTheProgramKnows(string name) => program.AssertIsOkAsync("snapshots", name);

    [ToolFact(Tools.Linux, Tools.NativeCompiler)]
    public async Task WhoHoldsWhatIsNotKnownAndTheReasonSaysWhatIs() =>
        Assert.Contains("view=types", await program.RunAsync(["snapshots", "retained"]), StringComparison.Ordinal);
}
