namespace WebApi;

/// <summary>Takes an order from the request to the receipt.</summary>
internal sealed class OrderService(Catalogue catalogue, OrderBook book, Warehouse warehouse)
{
    public async Task<Order?> PlaceAsync(OrderRequest request, CancellationToken cancellation)
    {
        if (catalogue.Find(request.ProductId) is not { } product)
            return null;

        await warehouse.ReserveAsync(request, cancellation);
        Order order = Work(request, product);
        book.Add(order);
        return order;
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
