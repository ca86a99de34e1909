using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Pprof.Generators.Models;

namespace Pprof.Generators.Rules.Hosting;

/// <summary>The options that the project's code sets when it runs. Filled by many threads, read when all have ended.</summary>
internal sealed class OptionChanges(INamedTypeSymbol? options)
{
    private readonly ConcurrentDictionary<string, bool> _assigned = new(StringComparer.Ordinal);
    private int _mayChangeAny;

    /// <summary>Where a secret is written into the code.</summary>
    public ConcurrentBag<Location> Secrets { get; } = [];

    /// <summary>Whether <paramref name="option"/> may be something else than the attribute says.</summary>
    public bool MayChange(string option) => _mayChangeAny != 0 || _assigned.ContainsKey(option);

    /// <summary>Takes note of an assignment.</summary>
    public void Note(ISimpleAssignmentOperation assignment)
    {
        // The generator writes what the attribute says as assignments too.
        if (!assignment.Syntax.SyntaxTree.FilePath.EndsWith(GeneratedFileNames.Registration, StringComparison.Ordinal)
            && assignment.Target is IPropertyReferenceOperation reference && IsOptions(reference.Property.ContainingType))
        {
            _assigned.TryAdd(reference.Property.Name, true);
            if (reference.Property.Name == "Secret" && assignment.Value.ConstantValue is { HasValue: true, Value: string { Length: > 0 } })
            {
                Secrets.Add(assignment.Value.Syntax.GetLocation());
            }
        }
    }

    /// <summary>
    /// Takes note of a call, such as <c>AddPprof</c> or <c>Configure&lt;PprofOptions&gt;</c>. What it is given to run
    /// has assignments of its own; where that is not code of the project, it may do anything.
    /// </summary>
    public void Note(IInvocationOperation invocation)
    {
        bool isGeneric = invocation.TargetMethod.TypeArguments.Any(IsOptions);
        if (!isGeneric && invocation.TargetMethod.Name != HostingCalls.AddPprof)
        {
            return;
        }

        IArgumentOperation? configure = invocation.Arguments.FirstOrDefault(static argument =>
            argument.ArgumentKind == ArgumentKind.Explicit && argument.Parameter?.Type.TypeKind == TypeKind.Delegate);
        if (configure is null ? isGeneric : !IsCodeOfTheProject(configure.Value))
        {
            Interlocked.Exchange(ref _mayChangeAny, 1);
        }
    }

    private static bool IsCodeOfTheProject(IOperation configure) => configure is IDelegateCreationOperation
    {
        Target: IAnonymousFunctionOperation or IMethodReferenceOperation { Method.DeclaringSyntaxReferences.Length: > 0 },
    };

    private bool IsOptions(ITypeSymbol type) => SymbolEqualityComparer.Default.Equals(type, options);
}
