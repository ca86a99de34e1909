using AotService;
using Pprof;

[assembly: EnablePprof]

WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(args);
builder.Services.ConfigureHttpJsonOptions(options =>
    options.SerializerOptions.TypeInfoResolverChain.Insert(0, WeatherJson.Default));
builder.Services.AddSingleton<StationLog>();
builder.Services.AddHostedService<Stations>();

if (builder.Configuration["urls"] is null)
    builder.WebHost.UseUrls("http://localhost:5001");

WebApplication app = builder.Build();

app.MapGet("/forecast", (StationLog log, int? days) => Forecast.From(log.Latest(), Math.Clamp(days ?? 1, 1, Forecast.MaxDays)));
app.MapGet("/readings", (StationLog log) => log.Latest());

app.Lifetime.ApplicationStarted.Register(() => Console.WriteLine(
    $"""

    The weather service is at {app.Urls.First()} and keeps itself lightly busy. Try:

      in a browser     {app.Urls.First()}/debug/pprof/
      top functions    go tool pprof -top '{app.Urls.First()}/debug/pprof/profile?seconds=5'
      the service      curl {app.Urls.First()}/forecast

    """));
app.Run();
