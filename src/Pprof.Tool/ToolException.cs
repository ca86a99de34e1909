namespace Pprof.Tool;

/// <summary>What keeps the tool from doing what it was asked for, in one line for who asked.</summary>
internal sealed class ToolException(string message, Exception? cause = null) : Exception(message, cause);
