namespace WebApi;

/// <summary>Three threads that count the same shelves and wait for each other.</summary>
internal sealed class StockClerks(Warehouse warehouse, IHostApplicationLifetime lifetime) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        for (int clerk = 1; clerk <= 3; clerk++)
            new Thread(Count) { Name = $"Stock clerk {clerk}", IsBackground = true }.Start();

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Count()
    {
        while (!lifetime.ApplicationStopping.IsCancellationRequested)
        {
            warehouse.Count();
            Thread.Sleep(20);
        }
    }
}
