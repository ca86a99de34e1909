using Xunit;

namespace Pprof.Runtime.Tests.Symbols.Unwinding;

/// <summary>A test that compares with what readelf of binutils prints.</summary>
internal sealed class ReadElfTheoryAttribute : TheoryAttribute
{
    public ReadElfTheoryAttribute() => Skip = ReadElfRow.Missing;
}
