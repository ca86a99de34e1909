using HostLibrary;
using MinimalApplication;
using Pprof;

[assembly: EnablePprof(Path = "/minimal/pprof", Profiles = PprofProfiles.Cpu)]

WebApplication app = Chassis.Build(args);
app.MapGet("/hello", () => Greeting.Text);
app.Run();
