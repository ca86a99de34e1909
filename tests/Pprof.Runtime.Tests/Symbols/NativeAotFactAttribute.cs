using Xunit;

namespace Pprof.Runtime.Tests.Symbols;

/// <summary>A test that compiles a program ahead of time.</summary>
internal sealed class NativeAotFactAttribute : FactAttribute
{
    public NativeAotFactAttribute() => Skip = NativeAotProgram.Missing;
}
