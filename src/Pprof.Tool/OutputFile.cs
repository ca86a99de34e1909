namespace Pprof.Tool;

/// <summary>The file that a command writes: a new one is there as a whole or not at all, whenever the tool is ended.</summary>
internal static class OutputFile
{
    /// <summary>Writes <paramref name="content"/>, in the place of what there was.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static async Task WriteAsync(string file, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (File.Exists(file))
        {
            // It may be a device, a pipe or a link, and has its own rights: it stays what it is.
            await File.WriteAllBytesAsync(file, content, CancellationToken.None);
            return;
        }

        string partial = $"{file}.{Environment.ProcessId}.partial";
        try
        {
            await File.WriteAllBytesAsync(partial, content, cancellationToken);
            File.Move(partial, file);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }
}
