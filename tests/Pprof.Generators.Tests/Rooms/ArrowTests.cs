using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Pprof.Generators.Tests.Testing;
using Pprof.Testing;
using Pprof.Testing.Rooms;
using Xunit;

namespace Pprof.Generators.Tests.Rooms;

/// <summary>That no arrow between rooms stays unseen, in whatever way a type names another.</summary>
public sealed class ArrowTests
{
    private const string High =
        """
        namespace High
        {
            public class Thing<T>;
            public class Thing : System.Exception { public static int Count; public static void Do() { } public static Thing Make() => null!; public class Inner; }
            public interface IThing;
            public struct Value;
            public enum Choice { None }
            public enum Small : byte { One = 1 }
            public delegate void Happened(Thing thing);
            public sealed class MarkAttribute : System.Attribute;
            public static class Extensions { public static void Extend(this string text) { } }
        }
        """;

    // Things that the lower room may have: they must not be what is seen.
    private const string Low =
        """
        namespace Low
        {
            public sealed class TypeAttribute(object? type) : System.Attribute { public System.Type[]? Types { get; set; } }
            public static class Own
            {
                public static void Take(object? value) { }
                public static void Run(System.Action action) { }
                public static void Generic<T>() { }
            }
        }
        """;

    [Theory]
    [InlineData(UseKind.BaseType, "class C : High.Thing;")]
    [InlineData(UseKind.BaseType, "class C : System.Collections.Generic.List<High.Thing>;")]
    [InlineData(UseKind.BaseType, "class C { class D : High.Thing; }")]
    [InlineData(UseKind.Interface, "class C : High.IThing;")]
    [InlineData(UseKind.Interface, "interface C : System.Collections.Generic.IEnumerable<High.Thing.Inner>;")]
    [InlineData(UseKind.Constraint, "class C<T> where T : High.IThing;")]
    [InlineData(UseKind.Constraint, "class C { void M<T>() where T : High.Thing { } }")]
    [InlineData(UseKind.Attribute, "[High.Mark] class C;")]
    [InlineData(UseKind.Attribute, "class C { [High.Mark] int f; }")]
    [InlineData(UseKind.Attribute, "class C { [High.Mark] int P => 0; }")]
    [InlineData(UseKind.Attribute, "class C { [High.Mark] event System.Action E { add { } remove { } } }")]
    [InlineData(UseKind.Attribute, "class C { void M([High.Mark] int p) { } }")]
    [InlineData(UseKind.Attribute, "class C { [return: High.Mark] int M() => 0; }")]
    [InlineData(UseKind.Attribute, "class C<[High.Mark] T>;")]
    [InlineData(UseKind.Attribute, "[Type(typeof(High.Thing))] class C;")]
    [InlineData(UseKind.Attribute, "[Type(typeof(System.Collections.Generic.List<High.Thing.Inner[]>))] class C;")]
    [InlineData(UseKind.Attribute, "[Type(null, Types = new[] { typeof(int), typeof(High.Thing) })] class C;")]
    [InlineData(UseKind.Attribute, "[Type(High.Choice.None)] class C;")]
    [InlineData(UseKind.Attribute, "[Type(new object[] { High.Small.One, 2 })] class C;")]
    [InlineData(UseKind.Field, "class C { High.Thing? f; }")]
    [InlineData(UseKind.Field, "class C { static High.Value[,]? f; }")]
    [InlineData(UseKind.Field, "class C { System.Collections.Generic.Dictionary<int, (int, High.Thing?)>? f; }")]
    [InlineData(UseKind.Field, "class C { High.Thing? P { get; set; } }")]
    [InlineData(UseKind.Field, "class C { event High.Happened? E; }")]
    [InlineData(UseKind.Field, "unsafe class C { High.Value* f; }")]
    [InlineData(UseKind.Field, "unsafe class C { delegate*<High.Value, void> f; }")]
    [InlineData(UseKind.Parameter, "class C { void M(High.Thing p) { } }")]
    [InlineData(UseKind.Parameter, "class C { void M(in High.Value p) { } }")]
    [InlineData(UseKind.Parameter, "delegate void C(High.Thing p);")]
    [InlineData(UseKind.ReturnType, "abstract class C { abstract protected High.Thing M(); }")]
    [InlineData(UseKind.ReturnType, "interface C { System.Threading.Tasks.Task<High.Thing> M(); }")]
    [InlineData(UseKind.Local, "class C { void M() { High.Thing? l = null; Own.Take(l); } }")]
    [InlineData(UseKind.Local, "class C { void M() { System.Collections.Generic.List<High.Thing>? l = null; Own.Take(l); } }")]
    [InlineData(UseKind.Catch, "class C { void M() { try { Own.Take(null); } catch (High.Thing) { } } }")]
    [InlineData(UseKind.Instruction, "class C { void M() => High.Thing.Do(); }")]
    [InlineData(UseKind.Instruction, "class C { int M() => High.Thing.Count; }")]
    [InlineData(UseKind.Instruction, "class C { void M() => \"\".Extend(); }")]
    [InlineData(UseKind.Instruction, "class C { object M() => typeof(High.Thing); }")]
    [InlineData(UseKind.Instruction, "class C { object M() => typeof(High.Thing<>); }")]
    [InlineData(UseKind.Instruction, "class C { object M() => new High.Thing(); }")]
    [InlineData(UseKind.Instruction, "class C { object M() => new High.Thing<int>(); }")]
    [InlineData(UseKind.Instruction, "class C { object M() => new High.Thing[1]; }")]
    [InlineData(UseKind.Instruction, "class C { object M() => default(High.Value); }")]
    [InlineData(UseKind.Instruction, "class C { object M(object o) => (High.Thing)o; }")]
    [InlineData(UseKind.Instruction, "class C { bool M(object o) => o is High.Thing; }")]
    [InlineData(UseKind.Instruction, "class C { void M() => Own.Generic<High.Thing>(); }")]
    [InlineData(UseKind.Instruction, "class C { object M() => new System.Collections.Generic.List<High.Thing>(); }")]
    [InlineData(UseKind.Instruction, "class C { object M() => (System.Action)High.Thing.Do; }")]
    [InlineData(UseKind.Instruction, "class C { void M(int i) { switch (i) { case 0: case 1: case 2: case 3: Own.Take(1L); Own.Take(1.0); break; case 4: High.Thing.Do(); break; } } }")]
    [InlineData(UseKind.Instruction, "class C { static int s = High.Thing.Count; }")]
    [InlineData(UseKind.Instruction, "class C { class D { class E { void M() => High.Thing.Do(); } } }")]
    [InlineData(UseKind.Instruction, "class C { void M() => Own.Run(() => High.Thing.Do()); }")]
    [InlineData(UseKind.Instruction, "class C { void M(int i) => Own.Run(() => Own.Take(High.Thing.Count + i)); }")]
    [InlineData(UseKind.Instruction, "class C { void M() { L(); void L() => High.Thing.Do(); } }")]
    [InlineData(UseKind.Instruction, "class C { async System.Threading.Tasks.Task M() { await System.Threading.Tasks.Task.Yield(); High.Thing.Do(); } }")]
    [InlineData(UseKind.Instruction, "class C { System.Collections.Generic.IEnumerable<int> M() { High.Thing.Do(); yield return 1; } }")]
    public void TypeThatNamesAnotherRoomIsSeen(UseKind kind, string type)
    {
        using var folder = new TemporaryFolder();
        string assembly = Compile(folder, type);

        Assert.Contains(TypeUseReader.Read(assembly), use => use.Kind == kind && use.From is "Low.C" or "Low.C`1" && use.To.StartsWith("High.", StringComparison.Ordinal));
        Arrow arrow = Assert.Single(Arrow.ReadAll(assembly, Room));
        Assert.Equal((nameof(Low), nameof(High)), (arrow.From, arrow.To));
        Assert.StartsWith("Low.C", arrow.Example.Place, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("class C { void M() => Own.Take(typeof(Own)); }")]
    [InlineData("class C { string M() => nameof(High.Thing.Do); }")]
    [InlineData("class C { int M() => High.Extensions.Equals(1, 2) ? 1 : 0; }")]
    public void TypeThatLeavesNothingOfAnotherRoomInTheAssemblyMakesNoArrow(string type)
    {
        using var folder = new TemporaryFolder();
        Assert.Empty(Arrow.ReadAll(Compile(folder, type), Room));
    }

    [Fact]
    public void WhatACallReturnsIsNamedEvenWhereNothingKeepsIt()
    {
        using var folder = new TemporaryFolder();
        string assembly = Compile(folder, "class C { void M() => Own.Take(Middle.Door.Open()); } } namespace Middle { public static class Door { public static High.Thing Open() => null!; }");
        Assert.Equal(
            [("Low", "High"), ("Low", "Middle"), ("Middle", "High")],
            Arrow.ReadAll(assembly, Room).Select(arrow => (arrow.From, arrow.To)));
    }

    [Fact]
    public void TypesOfOtherAssembliesHaveRoomsToo()
    {
        using var folder = new TemporaryFolder();
        string assembly = Compile(folder, "class C { void M(System.IO.TextWriter writer) => writer.Flush(); }");
        Arrow arrow = Assert.Single(Arrow.ReadAll(assembly, type => type == "System.IO.TextWriter" ? "Text" : Room(type)));
        Assert.Equal("Text", arrow.To);
        Assert.Contains(TypeUseReader.Read(assembly), use => use is { To: "System.IO.TextWriter", ToMember: "Flush", Place: "Low.C.M" });
    }

    private static string? Room(string type) =>
        type.Split('.')[0] is var room and (nameof(High) or nameof(Low) or "Middle") ? room : null;

    private static string Compile(TemporaryFolder folder, string type)
    {
        CSharpCompilation compilation = TestCompilation.Create(
            [$"#pragma warning disable\nnamespace Low {{ using High; {type} }}", High, Low], OutputKind.DynamicallyLinkedLibrary, LanguageVersion.CSharp13);
        string path = Path.Combine(folder.Path, "Rooms.dll");
        Assert.Empty(compilation
            .WithOptions(compilation.Options.WithAllowUnsafe(true).WithOptimizationLevel(OptimizationLevel.Debug).WithGeneralDiagnosticOption(ReportDiagnostic.Suppress))
            .Emit(path)
            .Diagnostics
            .Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error));
        return path;
    }
}
