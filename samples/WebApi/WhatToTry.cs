namespace WebApi;

/// <summary>What the console says when the service has started.</summary>
internal static class WhatToTry
{
    public static void Print(string url) => Console.WriteLine(
        $"""

        The order service is at {url} and keeps itself lightly busy. Try:

          in a browser     {url}/debug/pprof/
          top functions    go tool pprof -top '{url}/debug/pprof/profile?seconds=5'
          memory in use    go tool pprof -top '{url}/debug/pprof/heap?gc=1'
          who holds it     curl '{url}/debug/pprof/heap?view=retained&debug=1'
          in flight        curl '{url}/debug/pprof/goroutine?debug=2'
          open orders      go tool pprof -top '{url}/debug/pprof/orders.open'
          web interface    go tool pprof -http=localhost:8080 '{url}/debug/pprof/profile?seconds=5'
          the service      curl {url}/products
                           curl {url}/reports/sales
          leaks to find    curl -X POST {url}/leaks/event    (or cache, or timer)

        """);
}
