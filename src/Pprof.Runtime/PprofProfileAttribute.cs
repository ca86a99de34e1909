namespace Pprof;

/// <summary>
/// Declares a profile of the application's own, served like the built-in ones under <c>/debug/pprof/{name}</c>:
/// <code>
/// [PprofProfile("db.connections", Description = "Open database connections, by where they were opened")]
/// static partial CustomProfile Connections { get; }
/// </code>
/// The source generator implements the property. Before C# 13, which has no partial properties, declare a method:
/// <c>private static partial CustomProfile Connections();</c>
/// </summary>
/// <param name="name">The name in the path. It must not be empty and must be unused in the whole application.</param>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Method)]
public sealed class PprofProfileAttribute(string name) : Attribute
{
    /// <summary>The name in the path.</summary>
    public string Name { get; } = name;

    /// <summary>The sentence on the index page. Default: none.</summary>
    public string Description { get; set; } = "";
}
