using Pprof;
using WebApi;

// ThreadCreation: who created the threads of this service is worth an event session.
[assembly: EnablePprof(ThreadCreation = true)]

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.Services.AddSingleton<Catalogue>();
builder.Services.AddSingleton<OrderBook>();
builder.Services.AddSingleton<Warehouse>();
builder.Services.AddSingleton<OrderService>();
builder.Services.AddHostedService<Customers>();
builder.Services.AddHostedService<StockClerks>();

WebApplication app = builder.Build();

app.MapGet("/products", (Catalogue catalogue) => catalogue.Products);

app.MapGet("/products/{id:int}", (int id, Catalogue catalogue) =>
    catalogue.Find(id) is { } product ? Results.Ok(product) : Results.NotFound());

app.MapGet("/quote/{id:int}", (int id, int? quantity, Catalogue catalogue) =>
    catalogue.Find(id) is { } product
        ? Results.Ok(OrderPipeline.Price(new OrderRequest(product.Id, Math.Clamp(quantity ?? 1, 1, 1_000)), product))
        : Results.NotFound());

app.MapPost("/orders", async (OrderRequest request, OrderService orders, CancellationToken cancellation) =>
    request.Quantity is < 1 or > 1_000 ? Results.BadRequest("Quantity is from 1 to 1000.")
    : await orders.PlaceAsync(request, cancellation) is { } order ? Results.Created($"/orders/{order.Id}", order)
    : Results.NotFound());

app.MapGet("/orders/{id:long}", (long id, OrderBook book) =>
    book.Find(id) is { } order ? Results.Ok(order) : Results.NotFound());

app.MapGet("/reports/sales", (OrderBook book, Catalogue catalogue) =>
    Results.Text(SalesReport.Render(book.Recent(), catalogue)));

Leaks.Map(app);

app.Lifetime.ApplicationStarted.Register(() => WhatToTry.Print(app.Urls.First()));
app.Run();
