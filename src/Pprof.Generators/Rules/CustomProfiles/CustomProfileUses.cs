using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Pprof.Generators.Rules.CustomProfiles;

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
        if (Is(invocation.TargetMethod, "Remove"))
        {
            NoteRemove(invocation.Instance);
        }
        else if (Is(invocation.TargetMethod, "Add") && Declaration(invocation.Instance) is { } member && IsInLoop(invocation))
        {
            _addedInLoops.Add((member, invocation.Syntax.GetLocation()));
        }
    }

    /// <summary>Takes note of a method that someone else is to call.</summary>
    public void Note(IMethodReferenceOperation reference)
    {
        if (Is(reference.Method, "Remove"))
        {
            NoteRemove(reference.Instance);
        }
    }

    private bool Is(IMethodSymbol method, string name) =>
        method.Name == name && SymbolEqualityComparer.Default.Equals(method.ContainingType, profile);

    private void NoteRemove(IOperation? instance)
    {
        if (Declaration(instance) is { } member)
        {
            _removedFrom.TryAdd(member, true);
        }
        else
        {
            Interlocked.Exchange(ref _removesFromUnknown, 1);
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
