namespace ClassicApplication;

public sealed class Startup
{
    public void ConfigureServices(IServiceCollection services) => services.AddAuthorization(options =>
        options.AddPolicy("operators", policy => policy.RequireAssertion(context =>
            context.Resource is HttpContext request && request.Request.Headers.ContainsKey("X-Operator"))));

    public void Configure(IApplicationBuilder app) => app
        .UsePathBase("/base")
        .UseRouting()
        .UseEndpoints(endpoints => endpoints.MapGet("/hello", () => "hello"));
}
