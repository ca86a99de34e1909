using Pprof.Tool.Converting;
using Pprof.Tool.Reading;
using Xunit;

namespace Pprof.Tool.Tests;

/// <summary>Names of recordings as they stand in the source, and names of profiles as the pprof tool shows them.</summary>
public sealed class NameTests
{
    [Theory]
    [InlineData("Shop.Orders.Place(class System.String,int32)", "Shop.Orders.Place")]
    [InlineData("Orders.Place()", "Orders.Place")]
    [InlineData("Shop.Orders..ctor()", "Shop.Orders..ctor")]
    [InlineData("Shop.Orders+Line..cctor()", "Shop.Orders.Line..cctor")]
    [InlineData("Shop.Orders+<>c.<Place>b__0_1(int32)", "Shop.Orders.Place.lambda")]
    [InlineData("Shop.Orders+<PlaceAsync>d__4.MoveNext()", "Shop.Orders.PlaceAsync")]
    [InlineData("Program.<Main>$(class System.String[])", "Program.Main")]
    [InlineData("System.Collections.Generic.List`1[System.__Canon].Add(!0)", "System.Collections.Generic.List.Add")]
    [InlineData("System.Collections.Generic.Dictionary`2+Enumerator[System.__Canon,System.Int32].MoveNext()", "System.Collections.Generic.Dictionary.Enumerator.MoveNext")]
    [InlineData("System.Linq.Enumerable.ToList[System.Int32](class System.Collections.Generic.IEnumerable`1<!!0>)", "System.Linq.Enumerable.ToList")]
    [InlineData("nothing", "nothing")]
    public void NamesOfRecordingsAreThoseOfTheSource(string recorded, string name) => Assert.Equal(name, TraceMethodName.Of(recorded));

    [Theory]
    [InlineData("main.work", "main.work", "main.work")]
    [InlineData("std::vector<int>::push_back(int const&)", "std::vector<int>::push_back(int const&)", "std::vector::push_back")]
    [InlineData("sort.(*list[...]).Less", "sort.(*list[...]).Less", "sort.(*list[...]).Less")]
    [InlineData("Shop.List<T>.Add(int)", "", "Shop.List<T>.Add(int)")]
    public void NamesThatAreRawAreSimplified(string name, string systemName, string shown) => Assert.Equal(shown, FunctionName.Of(name, systemName));
}
