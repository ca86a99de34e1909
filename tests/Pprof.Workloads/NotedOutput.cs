using TextEncoding = System.Text.Encoding;

namespace Pprof.Workloads;

/// <summary>The console's output, until a line with a text is out.</summary>
internal sealed class NotedOutput(TextWriter output, string text) : TextWriter
{
    private bool _isInLine;

    /// <summary>Set once the line is out.</summary>
    public ManualResetEventSlim IsOut { get; } = new();

    /// <inheritdoc/>
    public override TextEncoding Encoding => output.Encoding;

    /// <inheritdoc/>
    public override void Write(char value) => Write([value]);

    /// <inheritdoc/>
    public override void Write(string? value) => Write(value.AsSpan());

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<char> buffer)
    {
        output.Write(buffer);
        _isInLine |= buffer.Contains(text, StringComparison.Ordinal);
        if (_isInLine && buffer.EndsWith("\n"))
        {
            IsOut.Set();
        }
    }

    /// <inheritdoc/>
    public override void Flush() => output.Flush();
}
