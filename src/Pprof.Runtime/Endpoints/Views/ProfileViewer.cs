using System.Diagnostics.CodeAnalysis;

namespace Pprof.Endpoints.Views;

/// <summary>Whether profiles can be looked at in a browser.</summary>
internal static class ProfileViewer
{
    /// <summary>What is answered where they cannot.</summary>
    public const string UnsupportedReason = "the viewer is left out of this program: its project says <PprofViewer>false</PprofViewer>";

    /// <summary>
    /// What the project's property <c>PprofViewer</c> says. A program that is trimmed has it as a constant, and where it is
    /// false neither pages nor files of the viewer; ILLink.Substitutions.xml has the other half of that.
    /// </summary>
    [FeatureSwitchDefinition("Pprof.Viewer.IsSupported")]
    public static bool IsSupported { get; } = !AppContext.TryGetSwitch("Pprof.Viewer.IsSupported", out bool isOn) || isOn;
}
