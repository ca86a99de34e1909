using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Pprof.Generators.Analyzers;

/// <summary>A call of <c>MapPprof</c>.</summary>
internal sealed class MapPprofCall
{
    private const string Authorization = "RequireAuthorization";

    private readonly SyntaxNode _syntax;

    public MapPprofCall(IInvocationOperation invocation)
    {
        _syntax = invocation.Syntax;
        IArgumentOperation? pattern = invocation.Arguments.FirstOrDefault(static argument =>
            argument.Parameter?.Name == "pattern" && argument.ArgumentKind == ArgumentKind.Explicit);
        Pattern = pattern?.Value.ConstantValue.Value as string;

        // A group has a prefix of its own, and may ask for authorization on behalf of all its routes.
        ITypeSymbol? receiver = Unwrap(invocation.Arguments.FirstOrDefault(static argument => argument.Parameter?.Name == "endpoints")?.Value)?.Type;
        IsInGroup = receiver?.Name == "RouteGroupBuilder";
    }

    /// <summary>Where the call stands.</summary>
    public Location Location => _syntax.GetLocation();

    /// <summary>The pattern; null where there is none or it is not known before the program runs.</summary>
    public string? Pattern { get; }

    /// <summary>Whether it is called on a group of routes.</summary>
    public bool IsInGroup { get; }

    /// <summary>Whether the call, or a group that it may stand in, asks for authorization.</summary>
    public bool IsAuthorized => IsInGroup || Chain().Any(static name => name == Authorization) || IsKept;

    /// <summary>The call of <c>UseAuthorization</c> that comes too late for this one, or null.</summary>
    public InvocationExpressionSyntax? FindLateAuthorization()
    {
        // Only UseEndpoints fixes the place in the pipeline where the endpoints run; MapPprof itself can stand anywhere.
        StatementSyntax? statement = _syntax.Ancestors()
            .OfType<InvocationExpressionSyntax>()
            .FirstOrDefault(static call => NameOf(call) == "UseEndpoints")
            ?.FirstAncestorOrSelf<StatementSyntax>();
        if (statement is null)
        {
            return null;
        }

        IEnumerable<StatementSyntax> siblings = statement.Parent switch
        {
            BlockSyntax block => block.Statements,
            GlobalStatementSyntax { Parent: CompilationUnitSyntax unit } => unit.Members.OfType<GlobalStatementSyntax>().Select(static member => member.Statement),
            _ => [],
        };
        List<InvocationExpressionSyntax> authorizations =
        [
            .. siblings
                .SelectMany(static sibling => sibling.DescendantNodes().OfType<InvocationExpressionSyntax>())
                .Where(static call => NameOf(call) == "UseAuthorization"),
        ];
        return authorizations.Count > 0 && authorizations[0].SpanStart > statement.SpanStart ? authorizations[0] : null;
    }

    // What is kept in a variable may get its conventions later.
    private bool IsKept => _syntax.FirstAncestorOrSelf<StatementSyntax>() is not (null or ExpressionStatementSyntax)
        || _syntax.FirstAncestorOrSelf<AssignmentExpressionSyntax>() is not null;

    private IEnumerable<string> Chain()
    {
        for (SyntaxNode node = _syntax; node.Parent is MemberAccessExpressionSyntax { Parent: InvocationExpressionSyntax outer } access; node = outer)
        {
            yield return access.Name.Identifier.ValueText;
        }
    }

    private static string? NameOf(InvocationExpressionSyntax call) =>
        (call.Expression as MemberAccessExpressionSyntax)?.Name.Identifier.ValueText;

    private static IOperation? Unwrap(IOperation? operation) =>
        operation is IConversionOperation { IsImplicit: true } conversion ? conversion.Operand : operation;
}
