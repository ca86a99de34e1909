using Microsoft.AspNetCore.Builder;

namespace Pprof.Hosting;

/// <summary>What the application says of one of two routes holds for the other too.</summary>
internal sealed class SharedConventions(IEndpointConventionBuilder first, IEndpointConventionBuilder second) : IEndpointConventionBuilder
{
    /// <inheritdoc/>
    public void Add(Action<EndpointBuilder> convention)
    {
        first.Add(convention);
        second.Add(convention);
    }

    /// <inheritdoc/>
    public void Finally(Action<EndpointBuilder> finallyConvention)
    {
        first.Finally(finallyConvention);
        second.Finally(finallyConvention);
    }
}
