using System.ComponentModel;

namespace Pprof.CompilerServices;

/// <summary>
/// Emitted by the source generator into a library for each profile that it declares, so that the application's table
/// gets them at compile time.
/// </summary>
/// <param name="name">The name in the path.</param>
/// <param name="description">The sentence on the index page, or empty.</param>
/// <param name="type">Full name of the public type that holds the profile.</param>
/// <param name="member">Its public static field.</param>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class CustomProfileDeclarationAttribute(string name, string description, string type, string member) : Attribute
{
    /// <summary>The name in the path.</summary>
    public string Name { get; } = name;

    /// <summary>The sentence on the index page, or empty.</summary>
    public string Description { get; } = description;

    /// <summary>Full name of the public type that holds the profile.</summary>
    public string Type { get; } = type;

    /// <summary>Its public static field.</summary>
    public string Member { get; } = member;
}
