using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Pprof.Generators.Rules.Labels;

/// <summary>What a method does with the scope that <c>PprofLabels.Push</c> returns.</summary>
internal static class LabelScopeUse
{
    /// <summary>
    /// Whether the scope is thrown away, or kept in a variable that nothing reads. Whoever gets it otherwise may end it.
    /// </summary>
    public static bool NeverEnds(IInvocationOperation push)
    {
        IOperation value = push;
        while (value.Parent is IConversionOperation or IConditionalOperation or IParenthesizedOperation)
        {
            value = value.Parent;
        }

        return value.Parent switch
        {
            IExpressionStatementOperation => true,
            ISimpleAssignmentOperation { Target: IDiscardOperation } => true,
            ISimpleAssignmentOperation { Target: ILocalReferenceOperation { Local: var local }, Parent: IExpressionStatementOperation } =>
                IsForgotten(local, push),
            IVariableInitializerOperation { Parent: IVariableDeclaratorOperation { Symbol: var local } } => IsForgotten(local, push),
            _ => false,
        };
    }

    private static bool IsForgotten(ILocalSymbol local, IOperation at)
    {
        if (local.IsUsing)
        {
            return false;
        }

        IOperation root = at;
        while (root.Parent is not null)
        {
            root = root.Parent;
        }

        return !root.Descendants().OfType<ILocalReferenceOperation>()
            .Any(reference => SymbolEqualityComparer.Default.Equals(reference.Local, local) && !IsTarget(reference));
    }

    private static bool IsTarget(ILocalReferenceOperation reference) =>
        reference.Parent is ISimpleAssignmentOperation assignment && assignment.Target == reference;
}
