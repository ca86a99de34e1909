using System.Text;

namespace WebApi;

/// <summary>The text that a customer gets: a few kilobytes for each order.</summary>
internal static class Receipt
{
    public static string Render(long id, OrderRequest request, Product product, Quote quote, string signature)
    {
        var text = new StringBuilder();
        text.Append("Order ").Append(id).AppendLine().AppendLine();
        for (int item = 1; item <= request.Quantity; item++)
            text.Append(item).Append(". ").Append(product.Name).Append("  ").Append(product.Price).AppendLine();

        text.AppendLine().Append("Total ").Append(quote.Total).Append("  ").Append(signature);
        return text.ToString();
    }
}
