using Pprof.Encoding.Trace;
using Xunit;

namespace Pprof.Runtime.Tests.Encoding.Trace;

public sealed class OperationNamesTests
{
    /// <summary>State machines of two classes can have the same name.</summary>
    [Fact]
    public void OneWithoutAStackHasTheNameOnWhichAllStacksAgree()
    {
        var names = new OperationNames();

        Assert.Null(names.Of(1, null));
        Assert.Equal("Shop.Orders.InvokeAsync", names.Of(1, "Shop.Orders.InvokeAsync"));
        Assert.Equal("Shop.Orders.InvokeAsync", names.Of(1, null));
        Assert.Equal("Shop.Stock.InvokeAsync", names.Of(1, "Shop.Stock.InvokeAsync"));
        Assert.Null(names.Of(1, null));
        Assert.Equal("Shop.Orders.InvokeAsync", names.Of(1, "Shop.Orders.InvokeAsync"));
        Assert.Null(names.Of(1, null));
        Assert.Null(names.Of(2, null));
    }
}
