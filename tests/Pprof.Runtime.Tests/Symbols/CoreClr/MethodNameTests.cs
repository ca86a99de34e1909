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
    [InlineData("A.B+<System-Collections-Generic-IEnumerable<System-Int32>-GetEnumerator>d__3", "MoveNext", "A.B.GetEnumerator")]
    [InlineData("A.B+<System-IAsyncDisposable-DisposeAsync>d__1", "MoveNext", "A.B.DisposeAsync")]
    [InlineData("A.B+<<System-IDisposable-Dispose>b__1_0>d", "MoveNext", "A.B.Dispose.lambda")]
    [InlineData("A.B+<>c+<<-ctor>b__0_0>d", "MoveNext", "A.B..ctor.lambda")]
    public void NamesOfTheCompilerAreTakenApart(string type, string method, string expected) =>
        Assert.Equal(expected, Compose(type, method));

    // As F# 10 writes them, compiled with and without optimizations.
    [Theory]
    [InlineData("Shop.Orders+taskWork@9", "MoveNext", "Shop.Orders.taskWork")]
    [InlineData("Shop.Orders+numbers@42", "GenerateNext", "Shop.Orders.numbers")]
    [InlineData("Shop.Orders+numbers@42", "Close", "Shop.Orders.numbers.Close")]
    [InlineData("Shop.Orders+outer@26", "Invoke", "Shop.Orders.outer.lambda")]
    [InlineData("Shop.Orders+asyncWork@23-1", "Invoke", "Shop.Orders.asyncWork.lambda")]
    [InlineData("Shop.Orders+count@38T", "Specialize", "Shop.Orders.count.Specialize")]
    [InlineData("Shop.Orders+comparer@50", "System.Collections.Generic.IComparer<System.Int32>.Compare", "Shop.Orders.comparer.Compare")]
    [InlineData("Shop.Orders", "loop@34", "Shop.Orders.loop")]
    [InlineData("Shop.Orders", "<Bind>__debug@17-1", "Shop.Orders.Bind")]
    [InlineData("Shop.Orders+Pipe #1 stage #2 at line 46@46", "Invoke", "Shop.Orders.lambda")]
    [InlineData("Shop.Orders", "costs 1.5 a piece", "Shop.Orders.costs 1.5 a piece")]
    [InlineData("Shop.Orders+my-orders@7", "Invoke", "Shop.Orders.my-orders.lambda")]
    [InlineData("<StartupCode$fs>.$A+Work@58", "MoveNext", "<StartupCode$fs>.$A.Work")]
    [InlineData("<StartupCode$fs>.$A+System-Collections-Generic-IEnumerable<System-Int32>-GetEnumerator@64", "GenerateNext", "<StartupCode$fs>.$A.GetEnumerator")]
    [InlineData("Shop.Mail", "send@example", "Shop.Mail.send@example")]
    public void NamesOfFSharpAreTakenApart(string type, string method, string expected) =>
        Assert.Equal(expected, Compose(type, method));

    [Theory]
    [InlineData("Shop.Orders+VB$StateMachine_1_Work", "MoveNext", "Shop.Orders.Work")]
    [InlineData("Shop.Orders+VB$StateMachine_2_GetEnumerator", "Dispose", "Shop.Orders.GetEnumerator.Dispose")]
    [InlineData("Shop.Orders+_Closure$__3-0", "_Lambda$__0", "Shop.Orders.lambda")]
    [InlineData("Shop.Orders+_Closure$__1-0+VB$StateMachine___Lambda$__0", "MoveNext", "Shop.Orders.lambda")]
    public void NamesOfVisualBasicAreTakenApart(string type, string method, string expected) =>
        Assert.Equal(expected, Compose(type, method));

    private static string Compose(string type, string method)
    {
        string[] levels = type.Split('+');
        int dot = levels[0].LastIndexOf('.');

        return ManagedName.Compose(
            dot < 0 ? null : levels[0][..dot],
            [.. levels.Select((level, i) => new TypeLevel(i == 0 ? level[(dot + 1)..] : level, [])).Where(l => l.Name.Length > 0)],
            method,
            []);
    }
}
