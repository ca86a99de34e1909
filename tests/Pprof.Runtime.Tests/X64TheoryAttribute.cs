using Xunit;

namespace Pprof.Runtime.Tests;

/// <summary>A table of what only Linux has, with machine code of x64.</summary>
internal sealed class X64TheoryAttribute : TheoryAttribute
{
    public X64TheoryAttribute() => Skip = new X64FactAttribute().Skip;
}
