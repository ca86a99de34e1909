using System.Reflection;
using Pprof.Testing;
using Xunit.Sdk;

namespace Pprof.Runtime.Tests.Collectors.Heap;

/// <summary>A theory's rows: each of these ways that there is on this system.</summary>
/// <param name="ways">The ways.</param>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class AllocationWaysAttribute(params AllocationWay[] ways) : DataAttribute
{
    public override IEnumerable<object[]> GetData(MethodInfo testMethod) =>
        ways.Where(static way => way != AllocationWay.Callback || Tools.SkipReason(Tools.Linux) is null).Select(static way => new object[] { way });
}
