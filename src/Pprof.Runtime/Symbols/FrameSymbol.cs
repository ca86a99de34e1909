namespace Pprof.Symbols;

/// <summary>What an instruction pointer stands for.</summary>
/// <param name="Name">Name as the developer wrote it: <c>Namespace.Type.Method</c>.</param>
/// <param name="SystemName">The raw name where it differs from <paramref name="Name"/>, otherwise empty.</param>
/// <param name="FileName">Full path of the source file, or empty.</param>
/// <param name="Line">Line in that file, or 0.</param>
/// <param name="StartLine">Line at which the function begins, or 0.</param>
internal sealed record FrameSymbol(string Name, string SystemName = "", string FileName = "", int Line = 0, int StartLine = 0);
