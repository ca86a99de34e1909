using Pprof.Symbols.Managed;
using Xunit;

namespace Pprof.Runtime.Tests.Symbols.Managed;

public sealed class TypeNameTests
{
    [Theory]
    [InlineData("System.Byte[]", "byte[]")]
    [InlineData("System.Int32[,]", "int[,]")]
    [InlineData("System.String", "string")]
    [InlineData("Orders.Order", "Orders.Order")]
    [InlineData("System.Collections.Generic.List`1[System.Int32[]]", "System.Collections.Generic.List<int[]>")]
    [InlineData("System.Collections.Generic.Dictionary`2+Entry[System.String,System.__Canon][]", "System.Collections.Generic.Dictionary<string, __Canon>.Entry[]")]
    [InlineData("A.Outer`1+Inner`2[System.Int32,A.B,System.Object]", "A.Outer<int>.Inner<A.B, object>")]
    [InlineData("A.List`1[[A.B, Assembly, Version=1.0.0.0]]", "A.List<A.B>")]
    [InlineData("Orders.Service+<PlaceAsync>d__12", "Orders.Service.PlaceAsync [state machine]")]
    [InlineData("Orders.Service+<>c__DisplayClass3_0", "Orders.Service [closure]")]
    [InlineData("A.B[", "A.B[")]
    [InlineData("A.List`1[System.Int32", "A.List`1[System.Int32")]
    [InlineData("", "")]
    public void AreAsInTheSource(string name, string expected) => Assert.Equal(expected, TypeName.Of(name));

    [Fact]
    public void ATypeHasOneAddressAndTooManyShareOne()
    {
        var frames = new TypeFrames(3);

        nuint first = frames.AddressOf("System.Byte[]");
        nuint second = frames.AddressOf("A.B");
        nuint third = frames.AddressOf("A.C");

        Assert.Equal(first, frames.AddressOf("System.Byte[]"));
        Assert.NotEqual(first, second);
        Assert.Equal("byte[]", frames.Resolve(first)!.Name);
        Assert.Equal("System.Byte[]", frames.Resolve(first)!.SystemName);
        Assert.Equal("A.B", frames.Resolve(second)!.Name);
        Assert.Equal("[other types]", frames.Resolve(third)!.Name);
        Assert.Equal(third, frames.AddressOf("A.D"));
        Assert.Null(frames.Resolve(0x1000));
        Assert.Null(frames.Resolve(nuint.MaxValue));
        Assert.Null(ManagedFrames.Instance.Resolve(first));
    }
}
