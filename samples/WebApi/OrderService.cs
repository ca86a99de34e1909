using Pprof;

namespace WebApi;

/// <summary>Takes an order from the request to the receipt.</summary>
internal sealed partial class OrderService(Catalogue catalogue, OrderBook book, Warehouse warehouse)
{
    /// <summary>A profile of this service's own, at /debug/pprof/orders.open.</summary>
    [PprofProfile("orders.open", Description = "Orders that wait for the warehouse or for their receipt, by where they were placed.")]
    private static partial CustomProfile OpenOrders { get; }

    public async Task<Order?> PlaceAsync(OrderRequest request, CancellationToken cancellation)
    {
        if (catalogue.Find(request.ProductId) is not { } product)
            return null;

        OpenOrders.Add(request);
        try
        {
            await warehouse.ReserveAsync(request, cancellation);
            Order order = Work(request, product);
            book.Add(order);
            return order;
        }
        finally
        {
            OpenOrders.Remove(request);
        }
    }

    public Order Work(OrderRequest request, Product product)
    {
        Quote quote = OrderPipeline.Price(request, product);
        double risk = OrderPipeline.ScoreRisk(request);
        string signature = OrderPipeline.Sign(quote);
        long id = book.NextId();
        string receipt = Receipt.Render(id, request, product, quote, signature);
        return new Order(id, request, quote.Total, risk, signature, receipt);
    }
}
