using Xunit;

namespace Pprof.Testing;

/// <summary>A fact that needs tools: skipped with the reason where one is missing, but for CI.</summary>
internal sealed class ToolFactAttribute : FactAttribute
{
    public ToolFactAttribute(params string[] tools) => Skip = Tools.SkipReason(tools);
}
