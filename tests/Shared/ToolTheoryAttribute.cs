using Xunit;

namespace Pprof.Testing;

/// <summary>A theory that needs tools: skipped with the reason where one is missing, but for CI.</summary>
internal sealed class ToolTheoryAttribute : TheoryAttribute
{
    public ToolTheoryAttribute(params string[] tools) => Skip = Tools.SkipReason(tools);
}
