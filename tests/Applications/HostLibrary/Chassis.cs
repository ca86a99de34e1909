using Microsoft.AspNetCore.Builder;
using Pprof;

namespace HostLibrary;

public static partial class Chassis
{
    [PprofProfile("library.applications", Description = "Applications by who built them.")]
    public static partial CustomProfile Applications { get; }

    public static WebApplication Build(string[] args)
    {
        WebApplication application = WebApplication.CreateBuilder(args).Build();
        Applications.Add(application);
        return application;
    }
}
