using Pprof.Runtime.Tests.Symbols.NativeAot;
using Pprof.Testing;
using Xunit;

namespace Pprof.Runtime.Tests.Collectors.Waits;

/// <summary>
/// The waits of a program that is compiled ahead of time: the program compares what is profiled with what it measures and
/// what the runtime counts.
/// </summary>
[Measures]
public sealed class NativeAotWaitTests(NativeAotProgram program) : IClassFixture<NativeAotProgram>
{
    [ToolTheory(Tools.Linux, Tools.NativeCompiler)]
    [InlineData("kinds")]
    [InlineData("locks")]
    [InlineData("crowd")]
    [InlineData("storm")]
    [InlineData("pairs")]
    [InlineData("idle")]
    [InlineData("window")]
    [InlineData("fraction")]
    [InlineData("off")]
    [InlineData("trace")]
    public Task WhatIsProfiledIsWhatTheProgramKnows(string name) => program.AssertIsOkAsync("waits", name);
}
