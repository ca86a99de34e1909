namespace WebApi;

/// <summary>Knows what is in stock. Asking takes a while, as asking another service does.</summary>
internal sealed class Warehouse
{
    private readonly object _shelves = new();
    private readonly Dictionary<int, int> _stock = [];

    public async Task<int> ReserveAsync(OrderRequest request, CancellationToken cancellation)
    {
        // Longer than the background load leaves between two orders, so that some are always open.
        await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(150, 400)), cancellation);
        lock (_shelves)
        {
            int left = _stock.GetValueOrDefault(request.ProductId, 100) - request.Quantity;
            return _stock[request.ProductId] = left < 0 ? 100 : left;
        }
    }

    /// <summary>Counts the shelves, and keeps everyone else away from them meanwhile.</summary>
    public int Count()
    {
        lock (_shelves)
        {
            Thread.Sleep(5);
            return _stock.Values.Sum();
        }
    }
}
