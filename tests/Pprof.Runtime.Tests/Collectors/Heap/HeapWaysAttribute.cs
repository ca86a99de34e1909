using System.Reflection;
using Pprof.Testing;
using Xunit.Sdk;

namespace Pprof.Runtime.Tests.Collectors.Heap;

/// <summary>A theory's rows: each way to look at the heap that there is on this system.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class HeapWaysAttribute : DataAttribute
{
    public override IEnumerable<object[]> GetData(MethodInfo testMethod) =>
        Tools.SkipReason(Tools.Linux) is null ? [[HeapWay.Copy], [HeapWay.Events]] : [[HeapWay.Events]];
}
