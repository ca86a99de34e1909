using Pprof.Runtime.Tests.Symbols.NativeAot;
using Pprof.Testing;
using Xunit;

namespace Pprof.Runtime.Tests.Collectors.Waits;

/// <summary>
/// The waits of a program that is compiled ahead of time: the program compares what is profiled with what it measures and
/// what the runtime counts.
/// </summary>
public sealed class NativeAotWaitTests(NativeAotProgram program) : IClassFixture<NativeAotProgram>
{
    [ToolTheory(Tools.Linux, Tools.NativeCompiler)]
    [InlineData("kinds")]
    [InlineData("locks")]
    [InlineData("idle")]
    [InlineData("window")]
    [InlineData("off")]
    [InlineData("trace")]
    public Task WhatIsProfiledIsWhatTheProgramKnows(string name) => program.AssertIsOkAsync("waits", name);

    [Measures]
    [ToolTheory(Tools.Linux, Tools.NativeCompiler)]
    [InlineData("crowd")]
    [InlineData("storm")]
    [InlineData("pairs")]
    [InlineData("fraction")]
    public Task WhatIsCountedIsNearWhatTheRuntimeCounts(string name) => program.AssertIsOkAsync("waits", name);
}
