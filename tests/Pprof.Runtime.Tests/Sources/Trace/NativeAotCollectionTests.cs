using Pprof.Runtime.Tests.Symbols.NativeAot;
using Pprof.Testing;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.Trace;

/// <summary>The collections of a program that is compiled ahead of time, as the program knows them.</summary>
[Measures]
public sealed class NativeAotCollectionTests(NativeAotProgram program) : IClassFixture<NativeAotProgram>
{
    [ToolTheory(Tools.Linux, Tools.NativeCompiler)]
    [InlineData("known")]
    [InlineData("overwritten")]
    [InlineData("unwatched")]
    public Task WhatIsWrittenDownIsWhatTheProgramKnows(string name) => program.AssertIsOkAsync("collections", name);
}
