namespace WebApi;

internal sealed record Product(int Id, string Name, decimal Price);

/// <summary>What the shop sells.</summary>
internal sealed class Catalogue
{
    private static readonly string[] s_kinds = ["Kettle", "Lamp", "Chair", "Desk", "Clock", "Shelf", "Mug", "Rug"];
    private static readonly string[] s_colours = ["white", "black", "red", "green", "blue"];

    public IReadOnlyList<Product> Products { get; } =
    [
        .. from kind in s_kinds
           from colour in s_colours
           select $"{kind}, {colour}" into name
           let id = name.Aggregate(17, (sum, letter) => ((sum * 31) + letter) % 9_000)
           select new Product(1_000 + id, name, 4 + (id % 90) + 0.99m),
    ];

    public Product? Find(int id) => Products.FirstOrDefault(product => product.Id == id);
}
