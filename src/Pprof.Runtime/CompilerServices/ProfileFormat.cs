using System.ComponentModel;

namespace Pprof.CompilerServices;

/// <summary>A format in which a profile can be asked for with <c>format=</c>.</summary>
/// <param name="name">Its name in the query string.</param>
/// <param name="fileName">What a file of it is called.</param>
/// <param name="parameters">The names of texts that a request may give to the collector where it asks for this format.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class ProfileFormat(string name, string fileName, IReadOnlyList<string> parameters)
{
    /// <summary>Its name in the query string.</summary>
    public string Name { get; } = name;

    /// <summary>What a file of it is called.</summary>
    public string FileName { get; } = fileName;

    /// <summary>The names of texts that a request may give to the collector where it asks for this format.</summary>
    public IReadOnlyList<string> Parameters { get; } = parameters;
}
