using Pprof.Sources.Trace;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.Trace;

public sealed class AsyncMethodNameTests
{
    [Theory]
    [InlineData("Async: <Place>d__12", "Place")]
    [InlineData("Async: <Place>d__12`1", "Place")]
    [InlineData("Async: <<Run>b__0_0>d", "Run.lambda")]
    [InlineData("Async: <<Run>g__Step|0_1>d", "Run.Step")]
    [InlineData("Async: <<<Run>g__Step|0_1>b__2>d", "Run.Step.lambda")]
    [InlineData("Async: <<Main>$>d__0", "Main")]
    [InlineData("Async: <<<Main>$>b__0_0>d", "Main.lambda")]
    [InlineData("Async: <System-IAsyncDisposable-DisposeAsync>d__4", "DisposeAsync")]
    [InlineData("Async: VB$StateMachine_3_Place", "Place")]
    [InlineData("Async: StateMachine", "StateMachine")]
    [InlineData("one", "one")]
    public void ItIsThatOfTheSource(string operation, string name) => Assert.Equal(name, AsyncMethodName.Of(operation));
}
