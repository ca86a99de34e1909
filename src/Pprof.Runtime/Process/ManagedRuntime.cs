using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Pprof.Process;

/// <summary>Which of the two runtimes the process runs on.</summary>
internal static class ManagedRuntime
{
    /// <summary>
    /// Whether this is CoreCLR. In a program that is compiled ahead of time it is the constant false, and what only
    /// CoreCLR needs is not in the program.
    /// </summary>
    /// <remarks>
    /// Dynamic code alone does not tell: a project with <c>PublishAot</c> turns it off for <c>dotnet run</c> too, which
    /// runs on CoreCLR.
    /// </remarks>
    [FeatureSwitchDefinition("System.Runtime.CompilerServices.RuntimeFeature.IsDynamicCodeSupported")]
    public static bool IsCoreClr { get; } = RuntimeFeature.IsDynamicCodeSupported || !NativeAotFrame.IsSupported;
}
