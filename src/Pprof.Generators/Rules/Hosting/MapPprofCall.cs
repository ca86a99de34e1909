using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Pprof.Generators.Rules.Hosting;

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

    /// <summary>Whether the call, or a group that it may stand in, asks for authorization as far as can be told.</summary>
    public bool MayBeAuthorized => IsInGroup || Chain(_syntax).Any(static name => name == Authorization) || IsKept;

    /// <summary>Whether the call or its group certainly asks for authorization.</summary>
    public bool RequiresAuthorization
    {
        get
        {
            if (Chain(_syntax).Any(static name => name == Authorization))
            {
                return true;
            }

            // The variable that keeps the routes, or the one of the group that they are in.
            ExpressionSyntax? receiver = (_syntax as InvocationExpressionSyntax)?.Expression is MemberAccessExpressionSyntax access ? access.Expression : null;
            string? kept = (_syntax.FirstAncestorOrSelf<StatementSyntax>() as LocalDeclarationStatementSyntax)?.Declaration.Variables[0].Identifier.ValueText;
            return (IsInGroup && receiver is not null && (Asks(receiver) || AsksLater((receiver as IdentifierNameSyntax)?.Identifier.ValueText)))
                || AsksLater(kept);
        }
    }

    /// <summary>Whether the call is reached whenever its method is.</summary>
    public bool IsUnconditional => !_syntax.Ancestors().Any(node => node switch
    {
        IfStatementSyntax { Else: { } other } choice => !(Maps(choice.Statement) && Maps(other)),
        IfStatementSyntax or SwitchSectionSyntax or SwitchExpressionArmSyntax or ConditionalExpressionSyntax or CatchClauseSyntax => true,
        _ => false,
    });

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

    private static IEnumerable<string> Chain(SyntaxNode call)
    {
        for (SyntaxNode node = call; node.Parent is MemberAccessExpressionSyntax { Parent: InvocationExpressionSyntax outer } access; node = outer)
        {
            yield return access.Name.Identifier.ValueText;
        }
    }

    private static bool Maps(SyntaxNode node) =>
        node.DescendantNodes().OfType<InvocationExpressionSyntax>().Any(static call => NameOf(call) == "MapPprof");

    private static bool Asks(SyntaxNode node) =>
        node.DescendantNodesAndSelf().OfType<InvocationExpressionSyntax>().Any(static call => NameOf(call) == Authorization);

    // Whether a variable is made with authorization, or gets it in a statement of its own.
    private bool AsksLater(string? variable) => variable is not null
        && _syntax.SyntaxTree.GetRoot().DescendantNodes().Any(node => node switch
        {
            VariableDeclaratorSyntax { Initializer: { } initializer } declarator =>
                declarator.Identifier.ValueText == variable && Asks(initializer.Value),
            IdentifierNameSyntax { Parent: MemberAccessExpressionSyntax { Parent: InvocationExpressionSyntax call } access } name =>
                name.Identifier.ValueText == variable && access.Expression == name && (NameOf(call) == Authorization || Chain(call).Contains(Authorization)),
            _ => false,
        });

    private static string? NameOf(InvocationExpressionSyntax call) =>
        (call.Expression as MemberAccessExpressionSyntax)?.Name.Identifier.ValueText;

    private static IOperation? Unwrap(IOperation? operation) =>
        operation is IConversionOperation { IsImplicit: true } conversion ? conversion.Operand : operation;
}
