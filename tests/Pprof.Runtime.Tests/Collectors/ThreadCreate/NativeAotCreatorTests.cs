using Pprof.Runtime.Tests.Symbols.NativeAot;
using Pprof.Testing;
using Xunit;

namespace Pprof.Runtime.Tests.Collectors.ThreadCreate;

/// <summary>The threads of a program that is compiled ahead of time, and who created them, as the program knows it.</summary>
[Measures]
public sealed class NativeAotCreatorTests(NativeAotProgram program) : IClassFixture<NativeAotProgram>
{
    [ToolTheory(Tools.Linux, Tools.NativeCompiler)]
    [InlineData("first")]
    [InlineData("many")]
    [InlineData("own")]
    [InlineData("pool")]
    public Task WhatIsProfiledIsWhatTheProgramKnows(string name) => program.AssertIsOkAsync("creators", name);
}
