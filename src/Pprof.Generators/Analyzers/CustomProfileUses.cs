using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Pprof.Generators.Analyzers;

/// <summary>Which custom profiles get values in loops, and which ever lose one. Filled by many threads.</summary>
internal sealed class CustomProfileUses(INamedTypeSymbol profile)
{
    private readonly ConcurrentBag<(ISymbol Member, Location Location)> _addedInLoops = [];
    private readonly ConcurrentDictionary<ISymbol, bool> _removedFrom = new(SymbolEqualityComparer.Default);
    private int _removesFromUnknown;

    /// <summary>The profiles that only grow, with the call that makes them grow.</summary>
    public IEnumerable<(ISymbol Member, Location Location)> AddedInLoopsAndNeverRemoved =>
        _removesFromUnknown != 0 ? [] : _addedInLoops.Where(add => !_removedFrom.ContainsKey(add.Member));

    /// <summary>Takes note of a call.</summary>
    public void Note(IInvocationOperation invocation)
    {
        if (invocation.TargetMethod.Name is not ("Add" or "Remove")
            || !SymbolEqualityComparer.Default.Equals(invocation.TargetMethod.ContainingType, profile))
        {
            return;
        }

        ISymbol? member = Declaration(invocation.Instance);
        if (invocation.TargetMethod.Name == "Remove")
        {
            if (member is null)
            {
                Interlocked.Exchange(ref _removesFromUnknown, 1);
            }
            else
            {
                _removedFrom.TryAdd(member, true);
            }
        }
        else if (member is not null && IsInLoop(invocation))
        {
            _addedInLoops.Add((member, invocation.Syntax.GetLocation()));
        }
    }

    private static ISymbol? Declaration(IOperation? instance) => instance switch
    {
        IPropertyReferenceOperation { Property.IsStatic: true } reference => reference.Property,
        IInvocationOperation { TargetMethod.IsStatic: true } call => call.TargetMethod,
        _ => null,
    };

    // A lambda in a loop runs when someone calls it, which may be once.
    private static bool IsInLoop(IOperation operation)
    {
        for (IOperation? around = operation.Parent; around is not null; around = around.Parent)
        {
            switch (around)
            {
                case ILoopOperation:
                    return true;
                case IAnonymousFunctionOperation or ILocalFunctionOperation:
                    return false;
            }
        }

        return false;
    }
}
