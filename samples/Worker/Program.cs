using Pprof;
using Worker;

// This program has no web server of its own: the endpoints get a listener to themselves.
[assembly: EnablePprof(ListenUrl = "http://localhost:6060")]

HostApplicationBuilder builder = Host.CreateApplicationBuilder(args);
builder.Services.AddHostedService<PrimeSearch>();

using IHost host = builder.Build();
Console.WriteLine("Try: go tool pprof -top 'http://localhost:6060/debug/pprof/profile?seconds=5'");
host.Run();
