using System.Reflection;

namespace Pprof.Symbols.Managed;

/// <summary>A place in a method that was compiled by the JIT, as <see cref="System.Diagnostics.StackTrace"/> tells it.</summary>
/// <param name="Method">
/// The method, or null when it is in an assembly that can be unloaded, which this must not prevent.
/// </param>
/// <param name="Name">Its name where <paramref name="Method"/> is null.</param>
/// <param name="FileName">Full path of the source file, or empty.</param>
/// <param name="Line">Line in that file, or 0.</param>
internal sealed record ManagedFrame(MethodBase? Method, string Name, string FileName, int Line);
