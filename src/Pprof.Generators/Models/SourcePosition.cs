namespace Pprof.Generators.Models;

/// <summary>A place in a source file, in numbers: a location of the compiler would keep the file alive.</summary>
/// <param name="Path">Path of the file.</param>
/// <param name="Start">The first character, counted from the beginning of the file.</param>
/// <param name="Length">The number of characters.</param>
/// <param name="StartLine">The line of the first character, from 0.</param>
/// <param name="StartCharacter">Its place in that line.</param>
/// <param name="EndLine">The line of the end.</param>
/// <param name="EndCharacter">Its place in that line.</param>
internal readonly record struct SourcePosition(
    string Path, int Start, int Length, int StartLine, int StartCharacter, int EndLine, int EndCharacter);
