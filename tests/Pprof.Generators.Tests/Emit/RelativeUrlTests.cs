using Pprof.Generators.Emit;
using Xunit;

namespace Pprof.Generators.Tests.Emit;

public sealed class RelativeUrlTests
{
    [Theory]
    [InlineData("heap", "heap")]
    [InlineData("db.connections/open", "db.connections/open")]
    [InlineData("my/custom & <own>'", "my/custom%20%26%20%3Cown%3E%27")]
    [InlineData("a?b#c%d\\e", "a%3Fb%23c%25d%5Ce")]
    [InlineData("Größe", "Gr%C3%B6%C3%9Fe")]
    [InlineData("javascript:alert", "./javascript%3Aalert")]
    [InlineData("a/b:c", "a/b%3Ac")]
    public void NameBecomesALinkThatStaysBelowTheIndex(string name, string url)
    {
        Assert.Equal(url, RelativeUrl.To(name));
        Assert.Equal(
            "/debug/pprof/" + name,
            Uri.UnescapeDataString(new Uri(new Uri("http://localhost/debug/pprof/"), url + "?debug=1").AbsolutePath));
    }
}
