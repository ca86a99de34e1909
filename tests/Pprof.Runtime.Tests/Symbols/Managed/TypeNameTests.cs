using Pprof.Symbols;
using Pprof.Symbols.Managed;
using Xunit;

namespace Pprof.Runtime.Tests.Symbols.Managed;

public sealed class TypeNameTests
{
    [Theory]
    [InlineData("System.Byte[]", "byte[]")]
    [InlineData("System.Int32[,]", "int[,]")]
    [InlineData("System.Int32[,][]", "int[][,]")]
    [InlineData("System.String[,,][][,]", "string[,][][,,]")]
    [InlineData("System.Void**[,][]", "void**[][,]")]
    [InlineData("System.Int32[][,]*[]", "int[,][]*[]")]
    [InlineData("System.String", "string")]
    [InlineData("Orders.Order", "Orders.Order")]
    [InlineData("System.Collections.Generic.List`1[System.Int32[]]", "System.Collections.Generic.List<int[]>")]
    [InlineData("System.Collections.Generic.Dictionary`2+Entry[System.String,System.__Canon][]", "System.Collections.Generic.Dictionary<string, __Canon>.Entry[]")]
    [InlineData("A.Outer`1+Inner`2[System.Int32,A.B,System.Object]", "A.Outer<int>.Inner<A.B, object>")]
    [InlineData("A.List`1[[A.B, Assembly, Version=1.0.0.0]]", "A.List<A.B>")]
    [InlineData("Orders.Service+<PlaceAsync>d__12", "Orders.Service.PlaceAsync [state machine]")]
    [InlineData("Orders.Service+<>c__DisplayClass3_0", "Orders.Service [closure]")]
    [InlineData("Program+<<<Main>$>g__Lines|25_0>d", "Program.Main.Lines [state machine]")]
    [InlineData("Orders.Service+<<Run>b__0_0>d`1[System.Int32]", "Orders.Service.Run.lambda<int> [state machine]")]
    [InlineData("Orders.<Program>F0A1B2__Row[]", "Orders.Row[]")]
    [InlineData("<Program>F0A1B2__Row+Cell", "Row.Cell")]
    [InlineData("<>f__AnonymousType0`1[System.Int32]", "<>f__AnonymousType0<int>")]
    [InlineData("A.B[", "A.B[")]
    [InlineData("A.List`1[System.Int32", "A.List`1[System.Int32")]
    [InlineData("", "")]
    [InlineData("[unknown type]", "[unknown type]")]
    [InlineData("[unknown type][]", "[unknown type][]")]
    [InlineData("[other types]", "[other types]")]
    [InlineData("[]", "[]")]
    [InlineData("*", "*")]
    [InlineData("A.List`1[System.Int32,]", "A.List`1[System.Int32,]")]
    [InlineData("A.Pair`2[,System.Int32]", "A.Pair`2[,System.Int32]")]
    [InlineData("A.List`1[[unknown type]]", "A.List<unknown type>")]
    [InlineData("delegate*[]", "delegate*[]")]
    public void AreAsInTheSource(string name, string expected) => Assert.Equal(expected, TypeName.Of(name));

    /// <summary>Types within each other double the name at each level.</summary>
    [Theory]
    [InlineData(4)]
    [InlineData(20)]
    [InlineData(200)]
    public void ALongNameIsCut(int levels)
    {
        Type type = typeof(Pair<,>).MakeGenericType(typeof(int), typeof(int));
        for (int i = 0; i < levels; i++)
        {
            type = typeof(Pair<,>).MakeGenericType(type, type);
        }

        string raw = RuntimeTypeName.Of(type);
        string name = TypeName.Of(raw);

        Assert.StartsWith("Pprof.Runtime.Tests.Symbols.Managed.TypeNameTests.Pair<Pprof.Runtime.Tests.Symbols.Managed.TypeNameTests.Pair<", name, StringComparison.Ordinal);
        Assert.Contains(TypeName.Ellipsis, name);
        Assert.InRange(name.Length, 500, TypeName.MaxLength + 1);
        Assert.InRange(raw.Length, 500, 10 * TypeName.MaxLength);
    }

    /// <summary>What others have written down is cut as well, however deep it is.</summary>
    [Theory]
    [InlineData(40, "A.B`1[")]
    [InlineData(4_000, "A.B`1[")]
    [InlineData(4_000, "A.B`2[System.Int32,")]
    public void ALongTextIsCut(int levels, string level)
    {
        string name = string.Concat(Enumerable.Repeat(level, levels)) + "A.C" + new string(']', levels);

        string shown = TypeName.Of(name);

        Assert.StartsWith("A.B<", shown, StringComparison.Ordinal);
        Assert.Contains(TypeName.Ellipsis, shown);
        Assert.InRange(shown.Length, 100, TypeName.MaxLength + 1);
        Assert.Equal(TypeName.MaxLength + 1, TypeName.Cut(new string('a', 5_000)).Length);
        Assert.Equal(new FrameSymbol(shown, TypeName.Cut(name)), new TypeFrames(3) is var frames ? frames.Resolve(frames.AddressOf(name)) : null);
    }

    /// <summary>The others are as the runtime writes them.</summary>
    [Theory]
    [InlineData(typeof(int))]
    [InlineData(typeof(byte[][,]))]
    [InlineData(typeof(Dictionary<string, List<int[]>>.Enumerator[]))]
    [InlineData(typeof(List<>))]
    [InlineData(typeof(Pair<int, string>.Inner<long>))]
    public void AShortNameIsTheRuntimes(Type type)
    {
        Assert.Equal(type.ToString(), RuntimeTypeName.Of(type));
        Assert.Equal(type.MakeArrayType(1).ToString(), RuntimeTypeName.Of(type.MakeArrayType(1)));
    }

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

    private sealed class Pair<TFirst, TSecond>
    {
        public sealed class Inner<T>;
    }
}
