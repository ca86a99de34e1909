using Pprof.Sources.EventPipe;
using Pprof.Symbols.Managed;

namespace Pprof.Sources.Trace;

/// <summary>The name of an asynchronous method, as it stands in the source, from what the class library calls it.</summary>
internal static class AsyncMethodName
{
    /// <summary>
    /// <c>Place</c> of <c>Async: &lt;Place&gt;d__12</c>, <c>Run.lambda</c> of <c>Async: &lt;&lt;Run&gt;b__0_0&gt;d</c>: the
    /// name of the state machine's type, without those around it.
    /// </summary>
    public static string Of(string operation)
    {
        if (!operation.StartsWith(TaskProvider.AsyncPrefix, StringComparison.Ordinal))
        {
            return operation;
        }

        // The number of type parameters.
        string type = operation[TaskProvider.AsyncPrefix.Length..];
        int parameters = type.LastIndexOf('`');
        type = parameters < 0 ? type : type[..parameters];

        // A type that no compiler made stands for no method.
        return HoldingMethod.TryFind(type, out string? method) && method is not null
            ? ManagedName.OfStateMachine(type)
            : type;
    }
}
