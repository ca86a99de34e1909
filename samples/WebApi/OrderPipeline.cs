using System.Runtime.CompilerServices;

namespace WebApi;

/// <summary>
/// The CPU work of an order, which grows with its quantity. The three steps run the same loop and differ in the number of
/// rounds only, so that the truth is known: 60 : 30 : 10. A CPU profile has to show these shares.
/// </summary>
internal static class OrderPipeline
{
    // An order is short against the 4 ms between two ticks of the kernel's clock, at which work begins and samples are taken:
    // a long one would be seen in the same places again and again.
    private const int RoundsPerItem = 12;

    /// <summary>60 parts of the work.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static Quote Price(OrderRequest request, Product product)
    {
        ulong state = Seed(request);
        for (int round = 60 * RoundsPerItem * request.Quantity; round > 0; round--)
        {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
        }

        decimal discount = Math.Min(request.Quantity, 20) / 100m;
        return new Quote(request.Quantity, product.Price * request.Quantity * (1 - discount), state);
    }

    /// <summary>30 parts of the work.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static double ScoreRisk(OrderRequest request)
    {
        ulong state = ~Seed(request);
        for (int round = 30 * RoundsPerItem * request.Quantity; round > 0; round--)
        {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
        }

        return state / (double)ulong.MaxValue;
    }

    /// <summary>10 parts of the work.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static string Sign(Quote quote)
    {
        ulong state = quote.Number | 1;
        for (int round = 10 * RoundsPerItem * quote.Quantity; round > 0; round--)
        {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
        }

        return state.ToString("x16");
    }

    private static ulong Seed(OrderRequest request) =>
        ((ulong)request.ProductId * 0x9E3779B97F4A7C15) ^ (ulong)request.Quantity;
}
