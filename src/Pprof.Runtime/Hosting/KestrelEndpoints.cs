using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Pprof.Hosting;

/// <summary>What the addresses of the application's server speak.</summary>
internal static class KestrelEndpoints
{
    /// <summary>
    /// The addresses at which <paramref name="server"/> speaks no HTTP/1.1, which is all that <c>go tool pprof</c> does,
    /// with TLS or without. None where it is another server.
    /// </summary>
    public static List<string> WithoutHttp1(IServer server, IServiceProvider services)
    {
        if (server.GetType().Assembly != typeof(KestrelServerOptions).Assembly
            || services.GetService<IOptions<KestrelServerOptions>>() is not { Value: var options })
        {
            return [];
        }

        List<string> found = [];
        try
        {
            foreach (ListenOptions endpoint in InUse(options))
            {
                if ((endpoint.Protocols & HttpProtocols.Http1) == 0)
                {
                    found.Add(endpoint.ToString()!);
                }
            }
        }
        catch (MissingMethodException)
        {
            // A later Kestrel: then nothing is warned of.
        }

        return found;
    }

    // Whoever set them: configuration, code, defaults. What is public shows only what code sets.
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_OptionsInUse")]
    private static extern List<ListenOptions> InUse(KestrelServerOptions options);
}
