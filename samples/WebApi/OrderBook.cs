namespace WebApi;

/// <summary>The latest orders. Older ones are forgotten, so that memory lives for a while and dies.</summary>
internal sealed class OrderBook
{
    private const int Capacity = 2_000;

    private readonly Lock _gate = new();
    private readonly Queue<Order> _orders = new(Capacity);
    private long _lastId;

    public long NextId() => Interlocked.Increment(ref _lastId);

    public void Add(Order order)
    {
        lock (_gate)
        {
            if (_orders.Count == Capacity)
                _orders.Dequeue();

            _orders.Enqueue(order);
        }
    }

    public Order? Find(long id)
    {
        lock (_gate)
        {
            return _orders.FirstOrDefault(order => order.Id == id);
        }
    }

    public IReadOnlyList<Order> Recent()
    {
        lock (_gate)
        {
            return [.. _orders];
        }
    }
}
