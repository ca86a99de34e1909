using Microsoft.AspNetCore.Http;
using Pprof.Endpoints.Query;
using Xunit;

namespace Pprof.Runtime.Tests.Endpoints.Query;

public sealed class RequestQueryTests
{
    [Theory]
    [InlineData(null, "")]
    [InlineData("?", "")]
    [InlineData("?b=1", "")]
    [InlineData("?A=1", "")]
    [InlineData("?a", "")]
    [InlineData("?a=1", "1")]
    [InlineData("?&&a=1", "1")]
    [InlineData("?a=1&a=2", "1")]
    [InlineData("?a=&a=2", "")]
    [InlineData("?a=x=y", "x=y")]
    [InlineData("?a=1+2%2b3", "1 2+3")]
    [InlineData("?%61=1", "1")]
    [InlineData("?a=%C3%A9", "é")]
    [InlineData("?a=%zz&a=2", "2")]
    [InlineData("?a=%4&a=2", "2")]
    [InlineData("?a=%&a=2", "2")]
    [InlineData("?a=1;b=3&a=2", "2")]
    [InlineData("?a=% 1&a=2", "2")]
    public void FirstWellFormedValueOfAKeyCounts(string? query, string value)
    {
        Assert.Equal(value, new RequestQuery(new QueryString(query)).First("a"));
    }

    [Theory]
    [InlineData("", NumberStatus.Malformed, 0)]
    [InlineData("-", NumberStatus.Malformed, 0)]
    [InlineData("+-1", NumberStatus.Malformed, 0)]
    [InlineData(" 1", NumberStatus.Malformed, 0)]
    [InlineData("1_0", NumberStatus.Malformed, 0)]
    [InlineData("1.0", NumberStatus.Malformed, 0)]
    [InlineData("١", NumberStatus.Malformed, 0)]
    [InlineData("007", NumberStatus.Valid, 7)]
    [InlineData("+7", NumberStatus.Valid, 7)]
    [InlineData("-7", NumberStatus.Valid, -7)]
    [InlineData("9223372036854775807", NumberStatus.Valid, long.MaxValue)]
    [InlineData("-9223372036854775808", NumberStatus.Valid, long.MinValue)]
    [InlineData("9223372036854775808", NumberStatus.OutOfRange, long.MaxValue)]
    [InlineData("9223372036854775810", NumberStatus.OutOfRange, long.MaxValue)]
    [InlineData("-9223372036854775809", NumberStatus.OutOfRange, long.MinValue)]
    [InlineData("999999999999999999999999", NumberStatus.OutOfRange, long.MaxValue)]
    internal void DecimalNumbersAreReadAsGoReadsThem(string text, NumberStatus status, long value)
    {
        Assert.Equal(status, NumberText.ParseDecimal(text, out long parsed));
        Assert.Equal(value, parsed);
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("0", 0)]
    [InlineData("0x", 0)]
    [InlineData("0x7fA", 0x7fa)]
    [InlineData("0X7fa", 0x7fa)]
    [InlineData("2042", 2042)]
    [InlineData("0b101", 5)]
    [InlineData("0o17", 15)]
    [InlineData("017", 15)]
    [InlineData("018", 0)]
    [InlineData("2_042", 2042)]
    [InlineData("0x_7f", 0x7f)]
    [InlineData("_7", 0)]
    [InlineData("7_", 0)]
    [InlineData("7__7", 0)]
    [InlineData("-7", 0)]
    [InlineData("7f", 0)]
    [InlineData("0xffffffffffffffff", ulong.MaxValue)]
    [InlineData("0x10000000000000000", 0)]
    [InlineData("18446744073709551616", 0)]
    public void AddressesAreReadInTheBaseOfTheirPrefix(string text, ulong value)
    {
        Assert.Equal(value, NumberText.ParseAddress(System.Text.Encoding.ASCII.GetBytes(text)));
    }
}
