using System.Diagnostics;

namespace WebApi;

/// <summary>
/// The background load, about a quarter of one core: orders whose CPU work is done at once, and orders that wait for
/// the warehouse first, so that some asynchronous operations are always under way.
/// </summary>
internal sealed class Customers(OrderService orders, OrderBook book, Catalogue catalogue) : BackgroundService
{
    private static readonly TimeSpan s_period = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_busy = TimeSpan.FromMilliseconds(22);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(OrderInBulkAsync(stoppingToken), OrderNowAndThenAsync(stoppingToken));

    private async Task OrderInBulkAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(s_period);
        while (await timer.WaitForNextTickAsync(stopping))
        {
            long start = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(start) < s_busy)
            {
                OrderRequest request = NextRequest(out Product product);
                book.Add(orders.Work(request, product));
            }
        }
    }

    private async Task OrderNowAndThenAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(s_period);
        while (await timer.WaitForNextTickAsync(stopping))
        {
            // Not awaited: several orders wait for the warehouse at the same time.
            _ = orders.PlaceAsync(NextRequest(out _), stopping);
        }
    }

    private OrderRequest NextRequest(out Product product)
    {
        product = catalogue.Products[Random.Shared.Next(catalogue.Products.Count)];
        return new OrderRequest(product.Id, Random.Shared.Next(1, 100));
    }
}
