using Pprof.CodeFixes;
using Pprof.Generators.Tests.Testing;
using Xunit;

namespace Pprof.Generators.Tests.Rules.Hosting;

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
    [InlineData("new ServiceCollection().Configure<PprofOptions>(options => options.ListenUrl = args[0]);")]
    [InlineData("new ServiceCollection().AddPprof(Serve); static void Serve(PprofOptions options) => options.ListenUrl = \"http://localhost:6060\";")]
    [InlineData("System.Action<PprofOptions> fromElsewhere = null!; new ServiceCollection().AddPprof(fromElsewhere);")]
    [InlineData("new ServiceCollection().AddOptions<PprofOptions>().BindConfiguration(\"Other\");")]
    [InlineData("Old.Build().ConfigureServices(services => services.AddPprof()); static class Old { [System.Obsolete] public static IWebHostBuilder Make() => new WebHostBuilder(); public static IWebHostBuilder Build() => null!; }")]
    [InlineData("static partial class Program { static void Main(string[] args) => WebApplication.Create(args).Run(); }")]
    public async Task ProgramThatHasAWebHostOrMayHaveOneIsFine(string program) =>
        Assert.Empty(await new AnalyzedProject("[assembly: Pprof.EnablePprof]", Usings + program).AnalyzeAsync());

    [Theory]
    [InlineData("Host.CreateDefaultBuilder(args).Build().Run();", "false")]
    [InlineData("Host.CreateApplicationBuilder(args).Services.AddPprof();", "false")]
    [InlineData("Host.CreateApplicationBuilder(args).Services.AddPprof(options => options.Path = \"/p\");", "false")]
    [InlineData("Host.CreateApplicationBuilder(args).Build().Run();", "true")]
    [InlineData("Old.Make(); static class Old { [System.Obsolete] static IWebHostBuilder M() => new WebHostBuilder(); public static void Make() { } }", "true")]
    public async Task HostThatTheEndpointsCannotJoinIsReported(string program, string isWebProject) =>
        Assert.Equal(
            [("PPROF001", "Pprof.EnablePprof")],
            await new AnalyzedProject("[assembly: Pprof.EnablePprof]", Usings + program)
            {
                Properties = new() { ["UsingMicrosoftNETSdkWeb"] = isWebProject },
            }.AnalyzeAsync());

    [Theory]
    [InlineData("appsettings.json", """{ "Pprof": { "Access": "Loopback", "ListenUrl": "http://localhost:6060" } }""")]
    [InlineData("appsettings.Development.json", """{ "pprof": { "listenUrl": "http://localhost:6060" } }""")]
    [InlineData("appsettings.json", """{ "Pprof:ListenUrl": "http://localhost:6060" }""")]
    public async Task ProgramWhoseSettingsServeIsFine(string file, string settings) =>
        Assert.Empty(await new AnalyzedProject("[assembly: Pprof.EnablePprof]\nreturn 0;") { Files = new() { [file] = settings } }.AnalyzeAsync());

    [Theory]
    [InlineData("appsettings.json", """{ "Pprof": { "ListenUrl": "" }, "Other": { "ListenUrl": "http://localhost:6060" } }""")]
    [InlineData("other.json", """{ "Pprof": { "ListenUrl": "http://localhost:6060" } }""")]
    public async Task ProgramWhoseSettingsDoNotServeIsReported(string file, string settings) =>
        Assert.Equal(
            ["PPROF001"],
            await new AnalyzedProject("[assembly: Pprof.EnablePprof]\nreturn 0;") { Files = new() { [file] = settings } }.AnalyzeIdsAsync());

    [Theory]
    [InlineData("""{ "AllowedHosts": "*", "Kestrel": { "EndpointDefaults": { "Protocols": "Http2" } } }""")]
    [InlineData("""{ "kestrel:endpointDefaults:protocols": "http2" }""")]
    public async Task SettingThatKeepsTheToolOutIsReported(string settings) =>
        Assert.Contains(
            "speak HTTP/2 alone",
            Assert.Single(await new AnalyzedProject("[assembly: Pprof.EnablePprof]", Usings + "WebApplication.Create().Run();")
            {
                Files = new() { ["appsettings.json"] = settings },
            }.AnalyzeMessagesAsync()),
            StringComparison.Ordinal);

    [Theory]
    [InlineData("[assembly: Pprof.EnablePprof]", "", """{ "Kestrel": { "EndpointDefaults": { "Protocols": "Http1AndHttp2" } } }""")]
    [InlineData("[assembly: Pprof.EnablePprof]", "", """{ "Kestrel": { "EndpointDefaults": { "Protocols": "Http2" }, "Endpoints": { "Web": { "Url": "http://*:5000", "Protocols": "Http1" } } } }""")]
    [InlineData("[assembly: Pprof.EnablePprof]", "", """{ "Pprof": { "ListenUrl": "http://localhost:6060" }, "Kestrel": { "EndpointDefaults": { "Protocols": "Http2" } } }""")]
    [InlineData("[assembly: Pprof.EnablePprof(ListenUrl = \"http://localhost:6060\")]", "", """{ "Kestrel": { "EndpointDefaults": { "Protocols": "Http2" } } }""")]
    [InlineData("[assembly: Pprof.EnablePprof]", "WebApplication.CreateBuilder().WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(5000));", """{ "Kestrel": { "EndpointDefaults": { "Protocols": "Http2" } } }""")]
    public async Task SettingThatLetsTheToolInIsFine(string attribute, string program, string settings) =>
        Assert.Empty(await new AnalyzedProject(attribute, Usings + program + "WebApplication.Create().Run();")
        {
            Files = new() { ["appsettings.json"] = settings },
        }.AnalyzeAsync());

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
    [InlineData("services.AddAuthorizationBuilder().AddPolicy(\"Operators\", policy => policy.RequireAuthenticatedUser());")]
    [InlineData("services.AddAuthorizationBuilder().AddDefaultPolicy(\"operators\", policy => policy.RequireAuthenticatedUser());")]
    [InlineData("services.AddAuthorizationBuilder().AddFallbackPolicy(\"operators\", policy => policy.RequireAuthenticatedUser());")]
    [InlineData("services.AddPprof(options => options.AuthorizationPolicy = args[0]);")]
    [InlineData("services.AddAuthorization(options => options.AddPolicy(args[0], policy => policy.RequireAuthenticatedUser()));")]
    [InlineData("services.AddSingleton<IAuthorizationPolicyProvider, Provider>(); abstract class Provider : IAuthorizationPolicyProvider { public abstract System.Threading.Tasks.Task<AuthorizationPolicy> GetDefaultPolicyAsync(); public abstract System.Threading.Tasks.Task<AuthorizationPolicy?> GetFallbackPolicyAsync(); public abstract System.Threading.Tasks.Task<AuthorizationPolicy?> GetPolicyAsync(string name); }")]
    public async Task PolicyThatSomeoneAddsOrMayAddIsFine(string program) =>
        Assert.Empty(await new AnalyzedProject(
            "[assembly: Pprof.EnablePprof(Access = Pprof.PprofAccess.Policy, AuthorizationPolicy = \"operators\")]",
            Usings + "var services = WebApplication.CreateBuilder().Services;\n" + program).AnalyzeAsync());

    [Theory]
    [InlineData("Access = Pprof.PprofAccess.Policy", "options.AuthorizationPolicy = args[0]")]
    [InlineData("AuthorizationPolicy = \"operators\"", "options.Access = PprofAccess.Policy")]
    public async Task OtherHalfOfThePolicyMayComeAtRunTime(string arguments, string assignment) =>
        Assert.Empty(await new AnalyzedProject(
            $"[assembly: Pprof.EnablePprof({arguments})]",
            Usings + $"WebApplication.CreateBuilder().Services.AddPprof(options => {assignment});").AnalyzeAsync());

    [Theory]
    [InlineData("Access = Pprof.PprofAccess.Policy", """{ "Pprof": { "AuthorizationPolicy": "operators" } }""")]
    [InlineData("AuthorizationPolicy = \"operators\"", """{ "Pprof": { "Access": "Policy" } }""")]
    [InlineData("ListenUrl = \"http://*:6060\"", """{ "Pprof": { "Access": "Policy", "AuthorizationPolicy": "operators" } }""")]
    [InlineData("ListenUrl = \"http://*:6060\"", """{ "Pprof": { "ListenUrl": "http://localhost:6060" } }""")]
    public async Task OtherHalfMayComeFromTheSettings(string arguments, string settings) =>
        Assert.Empty(await new AnalyzedProject($"[assembly: Pprof.EnablePprof({arguments})]", Usings + "WebApplication.Create().Run();")
        {
            Files = new() { ["appsettings.json"] = settings },
        }.AnalyzeAsync());

    [Fact]
    public async Task SettingsForDevelopmentDoNotCloseTheDoorInProduction() =>
        Assert.Equal(
            ["PPROF008"],
            await new AnalyzedProject("[assembly: Pprof.EnablePprof(Access = Pprof.PprofAccess.Anyone)]", Usings + "WebApplication.Create().Run();")
            {
                Files = new() { ["appsettings.Development.json"] = """{ "Pprof": { "Access": "Loopback" } }""" },
            }.AnalyzeIdsAsync());

    [Theory]
    [InlineData("Access = PprofAccess.Anyone, AllowedNetworks = \"10.0.0.0/8\"", "", "{}")]
    [InlineData("ListenUrl = \"http://*:6060\", AllowedNetworks = \"10.0.0.0/8\"", "", "{}")]
    [InlineData("Access = PprofAccess.Anyone", "", """{ "Pprof": { "AllowedNetworks": "10.0.0.0/8" } }""")]
    [InlineData("Access = PprofAccess.Anyone", "", """{ "Pprof": { "AllowedNetworks": [ "10.0.0.0/8" ] } }""")]
    [InlineData("Access = PprofAccess.Anyone", "new ServiceCollection().AddPprof(options => options.Secret = args[0]);", "{}")]
    public async Task EndpointsForSomeMachinesAreFine(string arguments, string program, string settings) =>
        Assert.Empty(await new AnalyzedProject($"using Pprof;\n[assembly: EnablePprof({arguments})]", Usings + program + "WebApplication.Create().Run();")
        {
            Files = new() { ["appsettings.json"] = settings },
        }.AnalyzeIdsAsync());

    [Fact]
    public async Task NetworkOfEveryoneIsNone() =>
        Assert.Equal(
            ["PPROF008"],
            await new AnalyzedProject(
                "using Pprof;\n[assembly: EnablePprof(Access = PprofAccess.Anyone, AllowedNetworks = \"10.0.0.0/8, ::/0\")]",
                Usings + "WebApplication.Create().Run();").AnalyzeIdsAsync());

    [Fact]
    public async Task SecretInTheCodeIsReported() =>
        Assert.Equal(
            [("PPROF032", "Known")],
            await new AnalyzedProject(
                "[assembly: Pprof.EnablePprof]",
                Usings + "new ServiceCollection().AddPprof(options => options.Secret = Known); WebApplication.Create().Run(); partial class Program { const string Known = \"tr0ub4dor\"; }").AnalyzeAsync());

    [Theory]
    [InlineData("""{ "Pprof": { "Path": "/p", "Secret": "tr0ub4dor" } }""")]
    [InlineData("""{ "Pprof:Secret": "tr0ub4dor" }""")]
    public async Task SecretInTheSettingsIsReported(string settings) =>
        Assert.Contains(
            "Who reads the source knows this secret",
            Assert.Single(await Settings("appsettings.json", settings).AnalyzeMessagesAsync()),
            StringComparison.Ordinal);

    [Theory]
    [InlineData("options.Secret = args[0]", "appsettings.json", "{}")]
    [InlineData("options.Secret = \"\"", "appsettings.json", "{}")]
    [InlineData("options.Secret = null", "appsettings.json", """{ "Pprof": { "Secret": "" }, "Other": { "Secret": "x" } }""")]
    [InlineData("options.Path = \"/p\"", "appsettings.Development.json", """{ "Pprof": { "Secret": "tr0ub4dor" } }""")]
    public async Task SecretFromElsewhereIsFine(string assignment, string file, string settings) =>
        Assert.Empty(await Settings(file, settings, $"new ServiceCollection().AddPprof(options => {assignment});").AnalyzeIdsAsync());

    private static AnalyzedProject Settings(string file, string settings, string program = "") =>
        new("[assembly: Pprof.EnablePprof]", Usings + program + "WebApplication.Create().Run();") { Files = new() { [file] = settings } };

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
    [InlineData("http://+:0", "http://127.0.0.1:0")]
    [InlineData("http://loopback:6060", "http://localhost:6060")]
    [InlineData("http://build-agent:6060", "http://localhost:6060")]
    public async Task ListenerThatOthersCanReachIsReportedAndCanListenOnLocalhost(string url, string local)
    {
        var project = new AnalyzedProject($"[assembly: Pprof.EnablePprof(ListenUrl = \"{url}\")]\nreturn 0;");
        Assert.Equal([("PPROF008", $"ListenUrl = \"{url}\"")], await project.AnalyzeAsync());
        await CodeFixTest<EnablePprofCodeFix>.VerifyAsync("PPROF008", project, $"[assembly: Pprof.EnablePprof(ListenUrl = \"{local}\")]\nreturn 0;");
    }

    [Fact]
    public async Task OpenListenerOfOpenEndpointsIsWhatIsClosed()
    {
        var project = new AnalyzedProject("using Pprof;\n[assembly: EnablePprof(Access = PprofAccess.Anyone, ListenUrl = \"http://*:6060\")]\nreturn 0;");
        Assert.Equal([("PPROF008", "Access = PprofAccess.Anyone")], await project.AnalyzeAsync());
        await CodeFixTest<EnablePprofCodeFix>.VerifyAsync(
            "PPROF008",
            project,
            "using Pprof;\n[assembly: EnablePprof(Access = PprofAccess.Anyone, ListenUrl = \"http://localhost:6060\")]\nreturn 0;");
    }

    [Theory]
    [InlineData("Access = PprofAccess.Anyone", "var app = WebApplication.Create(); if (app.Environment.IsDevelopment()) { app.MapPprof().RequireAuthorization(); }")]
    [InlineData("Access = PprofAccess.Anyone", "var app = WebApplication.Create(); app.MapPprof().RequireAuthorization(); app.MapPprof(\"/open\");")]
    public async Task EndpointsThatAreNotAlwaysGuardedAreReported(string arguments, string program) =>
        Assert.Equal(["PPROF008"], await new AnalyzedProject($"using Pprof;\n[assembly: EnablePprof({arguments})]", Usings + program).AnalyzeIdsAsync());

    [Fact]
    public async Task GuardOfRoutesThatAreNotServedDoesNotCount() =>
        Assert.Equal(
            ["PPROF008", "PPROF010"],
            await new AnalyzedProject(
                "using Pprof;\n[assembly: EnablePprof(Access = PprofAccess.Anyone, ListenUrl = \"http://*:6060\")]",
                Usings + "WebApplication.Create().MapPprof().RequireAuthorization();").AnalyzeIdsAsync());

    [Theory]
    [InlineData("Access = PprofAccess.Anyone", "var app = WebApplication.Create(args); if (args.Length > 0) { app.MapPprof(\"/a\").RequireAuthorization(); } else { app.MapPprof().RequireAuthorization(); }")]
    [InlineData("ListenUrl = \"http://*:6060\"", "new ServiceCollection().AddPprof(options => options.Access = PprofAccess.Policy);")]
    [InlineData("ListenUrl = \"http://pprof.localhost:6060\"", "return;")]
    [InlineData("ListenUrl = \"http://[::1]:6060\"", "return;")]
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

    [Theory]
    [InlineData("// Copyright.\n\n// Runs.\n{0}", "// Copyright.\n\n[assembly: Pprof.EnablePprof]\n\n// Runs.\n{0}")]
    [InlineData("// Runs.\n{0}", "[assembly: Pprof.EnablePprof]\n\n// Runs.\n{0}")]
    [InlineData("#define FAST\n#undef SLOW\n// Runs.\n{0}", "#define FAST\n#undef SLOW\n[assembly: Pprof.EnablePprof]\n\n// Runs.\n{0}")]
    [InlineData("#:sdk Microsoft.NET.Sdk.Web\n#:package Pprof@*\n\n{0}", "#:sdk Microsoft.NET.Sdk.Web\n#:package Pprof@*\n[assembly: Pprof.EnablePprof]\n\n\n{0}")]
    [InlineData("#nullable enable\n{0}", "[assembly: Pprof.EnablePprof]\n\n#nullable enable\n{0}")]
    public async Task AttributeIsAddedBelowWhatMustComeFirst(string source, string expected)
    {
        const string Call = "Microsoft.AspNetCore.Builder.PprofEndpointRouteBuilderExtensions.MapPprof(Microsoft.AspNetCore.Builder.WebApplication.Create());";
        await CodeFixTest<MapPprofCodeFix>.VerifyAsync(
            "PPROF009", new AnalyzedProject(string.Format(null, source, Call)), string.Format(null, expected, Call));
    }

    [Fact]
    public async Task TestOfAnApplicationThatHasTheAttributeIsFine()
    {
        Microsoft.CodeAnalysis.CSharp.CSharpCompilation application = TestCompilation.Create(["[assembly: Pprof.EnablePprof]\nreturn 0;"], assemblyName: "Tested");
        CSharpGeneratorTest<EnablePprofGenerator>.Run(application, out application);
        Assert.Empty(await new AnalyzedProject(Usings + "WebApplication.Create().MapPprof();") { References = [TestLibrary.ToFile(application)] }.AnalyzeAsync());
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

    [Theory]
    [InlineData("/tenants/{tenant}/pprof")]
    [InlineData("")]
    public async Task PathThatCannotFollowCanGo(string pattern)
    {
        var project = new AnalyzedProject("[assembly: Pprof.EnablePprof(Path = \"/a\")]", Usings + $"WebApplication.Create().MapPprof(\"{pattern}\");");
        await CodeFixTest<MapPprofCodeFix>.VerifyAsync("PPROF010", project, "[assembly: Pprof.EnablePprof]", project.Sources[1]);
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
        AnalyzedProject project = Startup(
            "    // Serve.\n        app.UseEndpoints(endpoints => endpoints.MapPprof().RequireAuthorization());\n\n        // Who may.\n        app.UseAuthorization(); // All.");
        Assert.Equal([("PPROF011", "app.UseAuthorization()")], await project.AnalyzeAsync());
        await CodeFixTest<MapPprofCodeFix>.VerifyAsync(
            "PPROF011",
            project,
            Startup(
                "    // Who may.\n        app.UseAuthorization(); // All.\n        // Serve.\n        app.UseEndpoints(endpoints => endpoints.MapPprof().RequireAuthorization());").Sources);
    }

    [Theory]
    [InlineData("endpoints => endpoints.MapGroup(\"/g\").RequireAuthorization().MapPprof()")]
    [InlineData("endpoints => { var group = endpoints.MapGroup(\"/g\"); group.RequireAuthorization(); group.MapPprof(); }")]
    [InlineData("endpoints => { var group = endpoints.MapGroup(\"/g\").RequireAuthorization(); group.MapPprof(); }")]
    [InlineData("endpoints => { var pprof = endpoints.MapPprof(); pprof.WithName(\"p\").RequireAuthorization(); }")]
    public async Task AuthorizationThatIsRequiredElsewhereIsReported(string endpoints) =>
        Assert.Equal(["PPROF011"], await Startup($"app.UseEndpoints({endpoints}); app.UseAuthorization();").AnalyzeIdsAsync());

    [Theory]
    [InlineData("app.UseEndpoints(endpoints => endpoints.MapPprof()); app.UseAuthorization();")]
    [InlineData("app.UseEndpoints(endpoints => { endpoints.MapGroup(\"/g\").MapPprof(); endpoints.MapGet(\"/\", () => 1).RequireAuthorization(); }); app.UseAuthorization();")]
    [InlineData("app.UseAuthorization(); app.UseEndpoints(endpoints => endpoints.MapPprof().RequireAuthorization());")]
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
