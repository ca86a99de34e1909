using System.Runtime.InteropServices;
using Xunit;

namespace Pprof.Runtime.Tests.Symbols.Unwinding;

/// <summary>A test that compares with what readelf of binutils prints.</summary>
internal sealed class ReadElfTheoryAttribute : TheoryAttribute
{
    public ReadElfTheoryAttribute() => Skip =
        !OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64 ? "needs Linux on x64"
        : !File.Exists("/usr/bin/readelf") ? "needs readelf (binutils)"
        : null;
}
