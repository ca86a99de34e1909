using Pprof.CodeFixes;
using Pprof.Generators.Tests.Testing;
using Xunit;

namespace Pprof.Generators.Tests.Analyzers;

public sealed class HostingAnalyzerTests
{
    private const string Usings =
        """
        using Microsoft.AspNetCore.Authorization;
        using Microsoft.AspNetCore.Builder;
        using Microsoft.AspNetCore.Hosting;
        using Microsoft.Extensions.DependencyInjection;
        using Microsoft.Extensions.Hosting;
        using Pprof;

        """;

    [Fact]
    public async Task ProgramThatServesNothingIsReportedAndCanListenByItself()
    {
        var worker = new AnalyzedProject(
            "using Pprof;\n[assembly: EnablePprof]\n",
            "using Microsoft.Extensions.Hosting;\nHost.CreateApplicationBuilder(args).Build().Run();");
        Assert.Equal([("PPROF001", "EnablePprof")], await worker.AnalyzeAsync());
        await CodeFixTest<EnablePprofCodeFix>.VerifyAsync(
            "PPROF001",
            worker,
            "using Pprof;\n[assembly: EnablePprof(ListenUrl = \"http://localhost:6060\")]\n",
            worker.Sources[1]);
    }

    [Theory]
    [InlineData("WebApplication.CreateBuilder(args).Build().Run();")]
    [InlineData("WebApplication.CreateSlimBuilder(args).Build().Run();")]
    [InlineData("WebApplication.CreateEmptyBuilder(new()).Build().Run();")]
    [InlineData("Host.CreateDefaultBuilder(args).ConfigureWebHostDefaults(web => web.UseStartup<Startup>()).Build().Run(); class Startup { public void Configure(IApplicationBuilder app) { } }")]
    [InlineData("Host.CreateDefaultBuilder(args).ConfigureWebHost(web => web.UseKestrel()).Build().Run();")]
    [InlineData("new Microsoft.AspNetCore.Mvc.Testing.WebApplicationFactory<string>(); namespace Microsoft.AspNetCore.Mvc.Testing { class WebApplicationFactory<TEntryPoint>; }")]
    [InlineData("_ = new Factory(); class Factory : Microsoft.AspNetCore.Mvc.Testing.WebApplicationFactory<string>; namespace Microsoft.AspNetCore.Mvc.Testing { class WebApplicationFactory<TEntryPoint>; }")]
    [InlineData("new ServiceCollection().AddPprof(options => options.ListenUrl = args[0]);")]
    [InlineData("static partial class Program { static void Main(string[] args) => WebApplication.Create(args).Run(); }")]
    public async Task ProgramThatHasAWebHostOrMayHaveOneIsFine(string program) =>
        Assert.Empty(await new AnalyzedProject("[assembly: Pprof.EnablePprof]", Usings + program).AnalyzeAsync());

    [Fact]
    public async Task WebProjectThatBuildsItsHostElsewhereIsFine() =>
        Assert.Empty(await new AnalyzedProject("[assembly: Pprof.EnablePprof]\nreturn 0;")
        {
            Properties = new() { ["UsingMicrosoftNETSdkWeb"] = "true" },
        }.AnalyzeAsync());

    [Fact]
    public async Task ProgramWhoseLibraryBuildsTheHostIsFine()
    {
        var library = TestLibrary.Compile(
            "Hosting",
            """
            /// <summary>.</summary>
            public static class Service
            {
                /// <summary>.</summary>
                public static void Run() => Microsoft.AspNetCore.Builder.WebApplication.Create().Run();
            }
            """);
        Assert.Empty(await new AnalyzedProject("[assembly: Pprof.EnablePprof]\nService.Run();")
        {
            References = [TestLibrary.ToFile(library)],
        }.AnalyzeAsync());
    }

    [Fact]
    public async Task PolicyThatNobodyAddsIsReported() =>
        Assert.Equal(
            [("PPROF007", "AuthorizationPolicy = \"operators\"")],
            await new AnalyzedProject(
                "[assembly: Pprof.EnablePprof(Access = Pprof.PprofAccess.Policy, AuthorizationPolicy = \"operators\")]",
                Usings + """
                var builder = WebApplication.CreateBuilder();
                builder.Services.AddAuthorizationBuilder().AddPolicy("operator", policy => policy.RequireAuthenticatedUser());
                """).AnalyzeAsync());

    [Theory]
    [InlineData("services.AddAuthorizationBuilder().AddPolicy(\"operators\", policy => policy.RequireAuthenticatedUser());")]
    [InlineData("services.AddAuthorization(options => options.AddPolicy(\"operators\", policy => policy.RequireAuthenticatedUser()));")]
    [InlineData("services.AddAuthorization(options => options.AddPolicy(args[0], policy => policy.RequireAuthenticatedUser()));")]
    [InlineData("services.AddSingleton<IAuthorizationPolicyProvider, Provider>(); abstract class Provider : IAuthorizationPolicyProvider { public abstract System.Threading.Tasks.Task<AuthorizationPolicy> GetDefaultPolicyAsync(); public abstract System.Threading.Tasks.Task<AuthorizationPolicy?> GetFallbackPolicyAsync(); public abstract System.Threading.Tasks.Task<AuthorizationPolicy?> GetPolicyAsync(string name); }")]
    public async Task PolicyThatSomeoneAddsOrMayAddIsFine(string program) =>
        Assert.Empty(await new AnalyzedProject(
            "[assembly: Pprof.EnablePprof(Access = Pprof.PprofAccess.Policy, AuthorizationPolicy = \"operators\")]",
            Usings + "var services = WebApplication.CreateBuilder().Services;\n" + program).AnalyzeAsync());

    [Fact]
    public async Task OpenEndpointsAreReportedAndCanBeClosed()
    {
        var project = new AnalyzedProject("using Pprof;\n[assembly: EnablePprof(Access = PprofAccess.Anyone, Path = \"/p\")]", Usings + "WebApplication.Create().Run();");
        Assert.Equal([("PPROF008", "Access = PprofAccess.Anyone")], await project.AnalyzeAsync());
        await CodeFixTest<EnablePprofCodeFix>.VerifyAsync("PPROF008", project, "using Pprof;\n[assembly: EnablePprof(Path = \"/p\")]", project.Sources[1]);
    }

    [Theory]
    [InlineData("http://0.0.0.0:6060", "http://localhost:6060")]
    [InlineData("http://*:80", "http://localhost:80")]
    [InlineData("https://+:6060", "https://localhost:6060")]
    [InlineData("http://build-agent:6060", "http://localhost:6060")]
    public async Task ListenerThatOthersCanReachIsReportedAndCanListenOnLocalhost(string url, string local)
    {
        var project = new AnalyzedProject($"[assembly: Pprof.EnablePprof(ListenUrl = \"{url}\")]\nreturn 0;");
        Assert.Equal([("PPROF008", $"ListenUrl = \"{url}\"")], await project.AnalyzeAsync());
        await CodeFixTest<EnablePprofCodeFix>.VerifyAsync("PPROF008", project, $"[assembly: Pprof.EnablePprof(ListenUrl = \"{local}\")]\nreturn 0;");
    }

    [Theory]
    [InlineData("Access = PprofAccess.Anyone, ListenUrl = \"http://localhost:6060\"", "WebApplication.Create().Run();")]
    [InlineData("Access = PprofAccess.Anyone", "WebApplication.Create().MapPprof().RequireAuthorization();")]
    [InlineData("Access = PprofAccess.Anyone", "WebApplication.Create().MapGroup(\"/admin\").MapPprof(\"/pprof\");")]
    [InlineData("Access = PprofAccess.Anyone", "var pprof = WebApplication.Create().MapPprof(); pprof.RequireAuthorization();")]
    [InlineData("Access = PprofAccess.Loopback", "WebApplication.Create().Run();")]
    [InlineData("ListenUrl = \"http://127.0.0.1:6060\"", "return;")]
    public async Task EndpointsThatAreGuardedAreFine(string arguments, string program) =>
        Assert.Empty(await new AnalyzedProject($"using Pprof;\n[assembly: EnablePprof({arguments})]", Usings + program).AnalyzeAsync());

    [Fact]
    public async Task MapWithoutTheAttributeIsReportedAndItCanBeAdded()
    {
        var project = new AnalyzedProject("using Microsoft.AspNetCore.Builder;\n\nWebApplication.Create().MapPprof();");
        Assert.Equal([("PPROF009", "WebApplication.Create().MapPprof()")], await project.AnalyzeAsync());
        await CodeFixTest<MapPprofCodeFix>.VerifyAsync(
            "PPROF009",
            project,
            "using Microsoft.AspNetCore.Builder;\n\n[assembly: Pprof.EnablePprof]\n\nWebApplication.Create().MapPprof();");
    }

    [Fact]
    public async Task LibraryThatMapsForItsApplicationsIsFine() =>
        Assert.Empty(await new AnalyzedProject(
            "using Microsoft.AspNetCore.Builder; static class Defaults { internal static void Map(WebApplication app) => app.MapPprof(); }")
        {
            OutputKind = Microsoft.CodeAnalysis.OutputKind.DynamicallyLinkedLibrary,
        }.AnalyzeAsync());

    [Fact]
    public async Task PathThatIsNotUsedIsReportedAndCanFollow()
    {
        var project = new AnalyzedProject("[assembly: Pprof.EnablePprof(Path = \"/a\")]", Usings + "WebApplication.Create().MapPprof(\"/b\");");
        Assert.Equal([("PPROF010", "WebApplication.Create().MapPprof(\"/b\")")], await project.AnalyzeAsync());
        await CodeFixTest<MapPprofCodeFix>.VerifyAsync("PPROF010", project, "[assembly: Pprof.EnablePprof(Path = \"/b\")]", project.Sources[1]);
    }

    [Fact]
    public async Task MapBesideAListenerIsReportedAndTheListenerCanGo()
    {
        var project = new AnalyzedProject("[assembly: Pprof.EnablePprof(ListenUrl = \"http://localhost:6060\")]", Usings + "WebApplication.Create().MapPprof();");
        Assert.Equal([("PPROF010", "WebApplication.Create().MapPprof()")], await project.AnalyzeAsync());
        await CodeFixTest<MapPprofCodeFix>.VerifyAsync("PPROF010", project, "[assembly: Pprof.EnablePprof]", project.Sources[1]);
    }

    [Theory]
    [InlineData("", "app.MapPprof(\"/anywhere\");")]
    [InlineData("Path = \"/a\"", "app.MapPprof();")]
    [InlineData("Path = \"/a\"", "app.MapPprof(\"a/\");")]
    [InlineData("Path = \"/a\"", "app.MapPprof(args[0]);")]
    [InlineData("Path = \"/a\"", "app.MapGroup(\"/g\").MapPprof(\"/b\");")]
    public async Task PathsThatAgreeAreFine(string arguments, string program) =>
        Assert.Empty(await new AnalyzedProject(
            $"[assembly: Pprof.EnablePprof({arguments})]", Usings + "var app = WebApplication.Create();\n" + program).AnalyzeAsync());

    [Fact]
    public async Task AuthorizationAfterTheEndpointsIsReportedAndCanBeMoved()
    {
        AnalyzedProject project = Startup("    app.UseEndpoints(endpoints => endpoints.MapPprof());\n        app.UseAuthorization();");
        Assert.Equal([("PPROF011", "app.UseAuthorization()")], await project.AnalyzeAsync());
        await CodeFixTest<MapPprofCodeFix>.VerifyAsync(
            "PPROF011",
            project,
            Startup("    app.UseAuthorization();\n        app.UseEndpoints(endpoints => endpoints.MapPprof());").Sources);
    }

    [Theory]
    [InlineData("app.UseAuthorization(); app.UseEndpoints(endpoints => endpoints.MapPprof());")]
    [InlineData("app.UseEndpoints(endpoints => endpoints.MapPprof());")]
    [InlineData("((WebApplication)app).MapPprof(); app.UseAuthorization();")]
    public async Task AuthorizationBeforeTheEndpointsIsFine(string configure) =>
        Assert.Empty(await Startup(configure).AnalyzeAsync());

    private static AnalyzedProject Startup(string configure) => new(
        "[assembly: Pprof.EnablePprof(Access = Pprof.PprofAccess.Policy, AuthorizationPolicy = \"operators\")]",
        Usings + "Host.CreateDefaultBuilder(args).ConfigureWebHostDefaults(web => web.UseStartup<Startup>()).Build().Run();",
        Usings +
        $$"""
        class Startup
        {
            public void ConfigureServices(IServiceCollection services) =>
                services.AddAuthorization(options => options.AddPolicy("operators", policy => policy.RequireAuthenticatedUser()));

            public void Configure(IApplicationBuilder app)
            {
                app.UseRouting();
            {{configure}}
            }
        }
        """);
}
