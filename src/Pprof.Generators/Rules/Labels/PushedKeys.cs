using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Pprof.Generators.Rules.Labels;

/// <summary>The keys of the labels that a call of <c>PprofLabels.Push</c> pushes.</summary>
internal static class PushedKeys
{
    /// <summary>The keys in the order in which they are written, so far as the call itself has them.</summary>
    public static IEnumerable<IOperation> Of(IInvocationOperation push) => push.Arguments.SelectMany(static argument => argument.Parameter?.Name switch
    {
        "key" => [argument.Value],
        "labels" => KeysIn(argument.Value),
        _ => [],
    });

    // Down through arrays, collections and conversions to the tuples in them, and not into code that makes some.
    private static IEnumerable<IOperation> KeysIn(IOperation operation) => operation switch
    {
        ITupleOperation tuple => [tuple.Elements[0]],
        IInvocationOperation or IObjectCreationOperation or IConditionalOperation or IAnonymousFunctionOperation => [],
        _ => operation.ChildOperations.SelectMany(KeysIn),
    };
}
