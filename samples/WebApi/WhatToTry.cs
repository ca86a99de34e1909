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
          open orders      go tool pprof -top '{url}/debug/pprof/orders.open'
          web interface    go tool pprof -http=localhost:8080 '{url}/debug/pprof/profile?seconds=5'
          the service      curl {url}/products
                           curl {url}/reports/sales

        """);
}
