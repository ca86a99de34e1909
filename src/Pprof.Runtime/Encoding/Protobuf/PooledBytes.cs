using System.Buffers;

namespace Pprof.Encoding.Protobuf;

/// <summary>
/// What is written, in one array of the pool: a message of some hundred kilobytes each time that an engine scrapes would be an
/// array of the large object heap, whose collections cost a tenth of the scrape.
/// </summary>
/// <param name="capacity">How many bytes will probably be written.</param>
internal sealed class PooledBytes(int capacity) : Stream
{
    private byte[] _bytes = capacity > 0 ? ArrayPool<byte>.Shared.Rent(capacity) : [];
    private int _count;

    /// <summary>What was written so far, until more is or the object is disposed.</summary>
    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _count);

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => _count;

    /// <inheritdoc/>
    public override long Position
    {
        get => _count;
        set => throw new NotSupportedException();
    }

    /// <summary>Forgets what was written.</summary>
    public void Clear() => _count = 0;

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (buffer.Length > _bytes.Length - _count)
        {
            Grow(checked(_count + buffer.Length));
        }

        buffer.CopyTo(_bytes.AsSpan(_count));
        _count += buffer.Length;
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        Return(_bytes);
        (_bytes, _count) = ([], 0);
        base.Dispose(disposing);
    }

    private static void Return(byte[] bytes)
    {
        if (bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private void Grow(int needed)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, (int)Math.Min(_bytes.Length * 2L, Array.MaxLength)));
        Written.Span.CopyTo(larger);
        Return(_bytes);
        _bytes = larger;
    }
}
