using System.Text;

namespace WebApi;

/// <summary>Sales by product, as a text table.</summary>
internal static class SalesReport
{
    public static string Render(IReadOnlyList<Order> orders, Catalogue catalogue)
    {
        ILookup<int, Order> byProduct = orders.ToLookup(order => order.Request.ProductId);
        var text = new StringBuilder($"{"Product",-20}{"Orders",8}{"Total",12}").AppendLine();
        foreach (Product product in catalogue.Products.OrderByDescending(product => byProduct[product.Id].Sum(order => order.Total)))
        {
            Order[] sold = [.. byProduct[product.Id]];
            text.Append($"{product.Name,-20}{sold.Length,8}{sold.Sum(order => order.Total),12:F2}").AppendLine();
        }

        return text.ToString();
    }
}
