using System.Runtime.CompilerServices;

namespace WebApi;

/// <summary>
/// The CPU work of an order. The three steps run the same loop and differ in the number of rounds only, so that the
/// truth is known: 60 : 30 : 10. A CPU profile has to show these shares.
/// </summary>
internal static class OrderPipeline
{
    private const int Rounds = 4_000;

    /// <summary>60 parts of the work.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static Quote Price(OrderRequest request, Product product)
    {
        ulong state = Seed(request);
        for (int round = 0; round < 60 * Rounds; round++)
        {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
        }

        decimal discount = Math.Min(request.Quantity, 20) / 100m;
        return new Quote(product.Price * request.Quantity * (1 - discount), state);
    }

    /// <summary>30 parts of the work.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static double ScoreRisk(OrderRequest request)
    {
        ulong state = ~Seed(request);
        for (int round = 0; round < 30 * Rounds; round++)
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
        for (int round = 0; round < 10 * Rounds; round++)
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
