using System.Runtime.InteropServices;
using Xunit;

namespace Pprof.Runtime.Tests;

/// <summary>A test of what only Linux has, with machine code of x64.</summary>
internal sealed class X64FactAttribute : FactAttribute
{
    public X64FactAttribute() => Skip =
        OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64 ? null : "needs Linux on x64";
}
