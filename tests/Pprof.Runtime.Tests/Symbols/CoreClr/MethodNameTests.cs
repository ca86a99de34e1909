using Pprof.Symbols;
using Pprof.Symbols.Managed;
using Xunit;

namespace Pprof.Runtime.Tests.Symbols.CoreClr;

public class MethodNameTests
{
    public static TheoryData<string> Names => [.. NamedCase.All.Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task MethodsAreNamedAsTheyAreWritten(string name)
    {
        RecordedStack stack = await RecordedStack.OfAsync(NamedCase.All.Single(c => c.Name == name).Run);
        FrameSymbol[] symbols = [.. stack.Callers.Select(a => Symbolizer.Create().Resolve(a)!)];

        Assert.Contains(name, symbols.Select(s => s.Name));

        // The pprof tool would take an equal name for a C++ name and clean it up.
        Assert.DoesNotContain(symbols, s => s.Name == s.SystemName);
    }

    [Theory]
    [InlineData("Program", "<Main>$", "Program.Main")]
    [InlineData("Program", "<<Main>$>g__Work|0_0", "Program.Main.Work")]
    [InlineData("Program+<>c", "<<Main>$>b__0_1", "Program.Main.lambda")]
    [InlineData("Program+<<Main>$>d__0", "MoveNext", "Program.Main")]
    [InlineData("A.B+<>c__DisplayClass3_0", "<Place>g__Retry|1", "A.B.Place.Retry")]
    [InlineData("A.B+<>c__DisplayClass3_0", "<<Place>g__Retry|1>b__2", "A.B.Place.Retry.lambda")]
    [InlineData("A.B+<>c__DisplayClass3_0+<<Place>b__0>d", "MoveNext", "A.B.Place.lambda")]
    [InlineData("A.B+<Read>d__4", "<>m__Finally1", "A.B.Read")]
    [InlineData("A.B+<Read>d__4", "System.Collections.IEnumerator.Reset", "A.B.Read.Reset")]
    [InlineData("A.B+<>c", "<.ctor>b__0_0", "A.B..ctor.lambda")]
    [InlineData("A.B", "<Clone>$", "A.B.Clone")]
    [InlineData("A.B", "System.Collections.Generic.IEnumerable<A.T>.GetEnumerator", "A.B.GetEnumerator")]
    [InlineData("<PrivateImplementationDetails>", "ComputeStringHash", "<PrivateImplementationDetails>.ComputeStringHash")]
    [InlineData("A.<Gen_g>FA0B1__Rule_0", "Scan", "A.Rule_0.Scan")]
    [InlineData("A.B", "<", "A.B.<")]
    [InlineData("A.B", "<>", "A.B.<>")]
    [InlineData("A.<>c", "M", "A.M")]
    [InlineData("", "Free", "Free")]
    public void NamesOfTheCompilerAreTakenApart(string type, string method, string expected)
    {
        string[] levels = type.Split('+');
        int dot = levels[0].LastIndexOf('.');

        string name = ManagedName.Compose(
            dot < 0 ? null : levels[0][..dot],
            [.. levels.Select((level, i) => new TypeLevel(i == 0 ? level[(dot + 1)..] : level, [])).Where(l => l.Name.Length > 0)],
            method,
            []);

        Assert.Equal(expected, name);
    }
}
