using Pprof;

[assembly: EnablePprof(
    Path = "/classic/pprof", Access = PprofAccess.Policy, AuthorizationPolicy = "operators", Profiles = PprofProfiles.ThreadCreate)]

namespace ClassicApplication;

public sealed class Program
{
    public static void Main(string[] args) => CreateHostBuilder(args).Build().Run();

    public static IHostBuilder CreateHostBuilder(string[] args) =>
        Host.CreateDefaultBuilder(args).ConfigureWebHostDefaults(web => web.UseStartup<Startup>());
}
