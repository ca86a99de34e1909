using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Pprof.Generators.Rules.Hosting;

/// <summary>The calls of a project that matter to its endpoints. Filled by many threads, read when all have ended.</summary>
internal sealed class HostingCalls(INamedTypeSymbol? options)
{
    /// <summary>The method that changes options at run time.</summary>
    public const string AddPprof = nameof(AddPprof);

    private static readonly HashSet<string> s_webHosts = new(StringComparer.Ordinal)
    {
        "Microsoft.AspNetCore.Builder.WebApplication",
        "Microsoft.Extensions.Hosting.GenericHostBuilderExtensions",
        "Microsoft.Extensions.Hosting.GenericHostWebHostBuilderExtensions",
        "Microsoft.AspNetCore.Mvc.Testing.WebApplicationFactory<TEntryPoint>",
    };

    // These do not tell that they are being built: only AddPprof brings the endpoints into them.
    private static readonly HashSet<string> s_silentWebHosts = new(StringComparer.Ordinal)
    {
        "Microsoft.AspNetCore.WebHost",
        "Microsoft.AspNetCore.Hosting.WebHostBuilder",
    };

    private static readonly HashSet<string> s_otherHosts = new(StringComparer.Ordinal)
    {
        "Microsoft.Extensions.Hosting.Host",
        "Microsoft.Extensions.Hosting.HostBuilder",
        "Microsoft.Extensions.Hosting.HostApplicationBuilder",
    };

    private int _buildsWebHost;
    private int _buildsSilentWebHost;
    private int _buildsOtherHost;
    private int _addsPprof;
    private int _hasUnknownPolicies;
    private int _configuresKestrel;

    /// <summary>Whether a web host is built, or tested.</summary>
    public bool BuildsWebHost => _buildsWebHost != 0 || (_buildsSilentWebHost != 0 && _addsPprof != 0);

    /// <summary>Whether a host is built that serves nothing by itself.</summary>
    public bool BuildsOtherHost => _buildsOtherHost != 0 || _buildsSilentWebHost != 0;

    /// <summary>What the code does to the options.</summary>
    public OptionChanges Options { get; } = new(options);

    /// <summary>Whether policies are added whose names are not known before the program runs.</summary>
    public bool HasUnknownPolicies => _hasUnknownPolicies != 0;

    /// <summary>Whether code says what Kestrel listens to.</summary>
    public bool ConfiguresKestrel => _configuresKestrel != 0;

    /// <summary>The calls of <c>MapPprof</c>.</summary>
    public ConcurrentBag<MapPprofCall> Maps { get; } = [];

    /// <summary>The names of the policies that are added.</summary>
    public ConcurrentDictionary<string, bool> Policies { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Takes note of a call.</summary>
    public void Note(IInvocationOperation invocation)
    {
        IMethodSymbol method = invocation.TargetMethod;
        Options.Note(invocation);
        switch (method.Name)
        {
            case "MapPprof" when method.ContainingNamespace.ToDisplayString() == "Microsoft.AspNetCore.Builder":
                Maps.Add(new MapPprofCall(invocation));
                break;

            case AddPprof when method.ContainingNamespace.ToDisplayString() == "Microsoft.Extensions.DependencyInjection":
                Interlocked.Exchange(ref _addsPprof, 1);
                break;

            case "AddPolicy" or "AddDefaultPolicy" or "AddFallbackPolicy" when method.ContainingNamespace.ToDisplayString() == "Microsoft.AspNetCore.Authorization":
                NotePolicy(invocation);
                break;

            case "ConfigureKestrel" or "UseKestrel" or "UseKestrelCore" when method.ContainingNamespace.ToDisplayString() == "Microsoft.AspNetCore.Hosting":
                Interlocked.Exchange(ref _configuresKestrel, 1);
                break;

            default:
                NoteType(method.ContainingType);
                break;
        }
    }

    /// <summary>Takes note of an object that is made.</summary>
    public void Note(IObjectCreationOperation creation) => NoteType(creation.Type as INamedTypeSymbol);

    /// <summary>Takes note of a type that the project declares.</summary>
    public void Note(INamedTypeSymbol type)
    {
        if (type.AllInterfaces.Any(static declared => declared.Name == "IAuthorizationPolicyProvider"))
        {
            Interlocked.Exchange(ref _hasUnknownPolicies, 1);
        }

        NoteType(type.BaseType);
    }

    private void NoteType(INamedTypeSymbol? type)
    {
        // Writing a name out is what costs, and no host is in a namespace of one part.
        if (type?.ContainingNamespace is not { ContainingNamespace.IsGlobalNamespace: false })
        {
            return;
        }

        string name = type.OriginalDefinition.ToDisplayString();
        if (s_webHosts.Contains(name))
        {
            Interlocked.Exchange(ref _buildsWebHost, 1);
        }
        else if (s_silentWebHosts.Contains(name))
        {
            Interlocked.Exchange(ref _buildsSilentWebHost, 1);
        }
        else if (s_otherHosts.Contains(name))
        {
            Interlocked.Exchange(ref _buildsOtherHost, 1);
        }
    }

    private void NotePolicy(IInvocationOperation invocation)
    {
        IArgumentOperation? name = invocation.Arguments.FirstOrDefault(static argument => argument.Parameter?.Name == "name");
        if (name?.Value.ConstantValue is { HasValue: true, Value: string policy })
        {
            Policies.TryAdd(policy, true);
        }
        else
        {
            Interlocked.Exchange(ref _hasUnknownPolicies, 1);
        }
    }
}
