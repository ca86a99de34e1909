using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Pprof.Generators.Analyzers;

/// <summary>The calls of a project that matter to its endpoints. Filled by many threads, read when all have ended.</summary>
internal sealed class HostingCalls
{
    private static readonly HashSet<string> HostBuilders = new(StringComparer.Ordinal)
    {
        "Microsoft.AspNetCore.Builder.WebApplication",
        "Microsoft.AspNetCore.WebHost",
        "Microsoft.AspNetCore.Hosting.WebHostBuilder",
        "Microsoft.Extensions.Hosting.GenericHostBuilderExtensions",
        "Microsoft.Extensions.Hosting.GenericHostWebHostBuilderExtensions",
        "Microsoft.AspNetCore.Mvc.Testing.WebApplicationFactory<TEntryPoint>",
    };

    private int _buildsWebHost;
    private int _addsPprof;
    private int _hasUnknownPolicies;

    /// <summary>Whether a web host is built, or tested.</summary>
    public bool BuildsWebHost => _buildsWebHost != 0;

    /// <summary>Whether options are changed at run time.</summary>
    public bool AddsPprof => _addsPprof != 0;

    /// <summary>Whether policies are added whose names are not known before the program runs.</summary>
    public bool HasUnknownPolicies => _hasUnknownPolicies != 0;

    /// <summary>The calls of <c>MapPprof</c>.</summary>
    public ConcurrentBag<MapPprofCall> Maps { get; } = [];

    /// <summary>The names of the policies that are added.</summary>
    public ConcurrentDictionary<string, bool> Policies { get; } = new(StringComparer.Ordinal);

    /// <summary>Takes note of a call.</summary>
    public void Note(IInvocationOperation invocation)
    {
        IMethodSymbol method = invocation.TargetMethod;
        switch (method.Name)
        {
            case "MapPprof" when method.ContainingNamespace.ToDisplayString() == "Microsoft.AspNetCore.Builder":
                Maps.Add(new MapPprofCall(invocation));
                break;

            case "AddPprof" when method.ContainingNamespace.ToDisplayString() == "Microsoft.Extensions.DependencyInjection":
                Interlocked.Exchange(ref _addsPprof, 1);
                break;

            case "AddPolicy" when method.ContainingNamespace.ToDisplayString() == "Microsoft.AspNetCore.Authorization":
                NotePolicy(invocation);
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
        if (!BuildsWebHost && type is not null && HostBuilders.Contains(type.OriginalDefinition.ToDisplayString()))
        {
            Interlocked.Exchange(ref _buildsWebHost, 1);
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
