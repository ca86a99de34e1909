using Pprof;
using Pprof.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Changes at run time what <see cref="EnablePprofAttribute"/> set at compile time.</summary>
public static class PprofServiceCollectionExtensions
{
    /// <summary>
    /// Changes the options of the pprof endpoints. What is set here comes after the configuration section
    /// <c>Pprof</c>. Without <see cref="EnablePprofAttribute"/> on an assembly of the application nothing is served.
    /// </summary>
    /// <returns>The same collection.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="services"/> is null.</exception>
    public static IServiceCollection AddPprof(this IServiceCollection services, Action<PprofOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        PprofServices.AddTo(services);
        return configure is null ? services : services.Configure(configure);
    }
}
