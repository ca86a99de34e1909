using System.Reflection;
using Xunit.Sdk;

namespace Pprof.Testing;

/// <summary>One row of a theory that needs a tool of its own: skipped with the reason where it is missing, but for CI.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class ToolInlineDataAttribute : DataAttribute
{
    private readonly object[] _row;

    public ToolInlineDataAttribute(string tool, params object[] row)
    {
        _row = row;
        Skip = Tools.SkipReason(tool);
    }

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => [_row];
}
