using Pprof.CodeFixes;
using Pprof.Testing.Rooms;
using Xunit;

namespace Pprof.Generators.Tests.Rooms;

/// <summary>Which room of the generator may name which. Read from the built assembly.</summary>
public sealed class RoomsTests
{
    private const string Reading = nameof(Reading);
    private const string Models = nameof(Models);
    private const string Emit = nameof(Emit);
    private const string Rules = nameof(Rules);

    /// <summary>What stands in no folder: the generator itself.</summary>
    private const string Generator = nameof(Generator);

    /// <summary>Its types keep a whole compilation alive, so that no model can be made of them.</summary>
    private const string Compiler = nameof(Compiler);

    private static readonly (string From, string To)[] s_allowed =
    [
        (Emit, Compiler),
        (Emit, Models),
        (Generator, Compiler),
        (Generator, Emit),
        (Generator, Models),
        (Generator, Reading),
        (Generator, Rules),
        (Reading, Compiler),
        (Reading, Models),
        (Rules, Compiler),
        (Rules, Models),
        (Rules, Reading),
    ];

    private static readonly IReadOnlyList<Arrow> s_arrows = Arrow.ReadAll(typeof(EnablePprofGenerator).Assembly.Location, Room);

    [Fact]
    public void NoRoomNamesAnotherThatItMayNotName() =>
        Assert.DoesNotContain(s_arrows, arrow => !s_allowed.Contains((arrow.From, arrow.To)));

    [Fact]
    public void NothingIsAllowedThatNoRoomDoes() =>
        Assert.Empty(s_allowed.Except(s_arrows.Select(arrow => (arrow.From, arrow.To))));

    [Fact]
    public void CodeFixesNameNothingOfTheGeneratorButItsRules() =>
        Assert.Equal(
            [Rules],
            Arrow.ReadAll(typeof(LabelCodeFix).Assembly.Location, type => type.StartsWith("Pprof.CodeFixes.", StringComparison.Ordinal) ? "CodeFixes" : Room(type))
                .Select(arrow => arrow.To)
                .Where(room => room != Compiler));

    private static string? Room(string type)
    {
        const string Root = "Pprof.Generators.";
        if (type.StartsWith(Root, StringComparison.Ordinal))
        {
            string[] rest = type[Root.Length..].Split('.');
            return rest.Length > 1 ? rest[0] : Generator;
        }

        return type.StartsWith("Microsoft.CodeAnalysis.", StringComparison.Ordinal) ? Compiler : null;
    }
}
