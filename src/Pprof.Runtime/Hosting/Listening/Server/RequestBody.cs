using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Pprof.Hosting.Listening.Server;

/// <summary>The body of a request, of a stated length or in chunks (RFC 9112, 7.1). It is read by blocking.</summary>
/// <param name="head">What the headers say of it.</param>
/// <param name="input">Where it comes from.</param>
/// <param name="invite">Called before the first byte is waited for, where the client waits to be told that it is wanted.</param>
internal sealed class RequestBody(RequestHead head, ConnectionInput input, Action invite) : Stream
{
    // Where the rest of a body is longer than this, the connection is closed rather than read on.
    private const int MaxDrained = 64 * 1024;
    private const int MaxTrailers = 32;

    // Of a chunk's size in hexadecimal digits: 256 MB.
    private const int MaxSizeDigits = 7;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_drainPatience = TimeSpan.FromSeconds(2);

    private readonly long _deadline = Environment.TickCount64 + (long)s_patience.TotalMilliseconds;

    // Of the body, or of the chunk that is being read.
    private long _left = head.ContentLength;
    private bool _inChunks;
    private bool _invites = head.ExpectsContinue;
    private bool _broken;
    private volatile bool _isComplete = !head.HasBody;

    /// <summary>Whether all of it has been read: what comes now is the next request.</summary>
    public bool IsComplete => _isComplete;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Reads what nobody has read, if that is little. False where the connection cannot be used any more.</summary>
    public bool TryDrain()
    {
        if (_isComplete)
        {
            return true;
        }

        if (_broken || _invites || _left > MaxDrained)
        {
            return false;
        }

        long deadline = Environment.TickCount64 + (long)s_drainPatience.TotalMilliseconds;
        Span<byte> rest = stackalloc byte[1024];
        try
        {
            for (int drained = 0; drained <= MaxDrained;)
            {
                int read = ReadBefore(rest, deadline);
                if (read == 0)
                {
                    return true;
                }

                drained += read;
            }

            return false;
        }
        catch (BadHttpRequestException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="BadHttpRequestException">The client sends what is no body, or has gone.</exception>
    public override int Read(Span<byte> buffer) => ReadBefore(buffer, _deadline);

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<int>(cancellationToken);
        }

        try
        {
            return ValueTask.FromResult(Read(buffer.Span));
        }
        catch (Exception e)
        {
            return ValueTask.FromException<int>(e);
        }
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private int ReadBefore(Span<byte> buffer, long deadline)
    {
        if (_isComplete || buffer.IsEmpty)
        {
            return 0;
        }

        if (_invites)
        {
            _invites = false;
            if (!input.HasBytes)
            {
                invite();
            }
        }

        try
        {
            return ReadSome(buffer, deadline);
        }
        catch (Exception e)
        {
            _broken = true;
            throw e switch
            {
                BadHttpRequestException bad => bad,
                TimeoutException => new BadHttpRequestException("the body does not come", StatusCodes.Status408RequestTimeout, e),
                _ => new BadHttpRequestException("the body ends too soon", StatusCodes.Status400BadRequest, e),
            };
        }
    }

    private int ReadSome(Span<byte> buffer, long deadline)
    {
        if (head.IsChunked && _left == 0 && !TryBeginChunk(deadline))
        {
            _isComplete = true;
            return 0;
        }

        int read = input.Read(buffer[..(int)Math.Min(buffer.Length, _left)], deadline);
        if (read == 0)
        {
            throw new EndOfStreamException();
        }

        _left -= read;
        _isComplete = _left == 0 && !head.IsChunked;
        return read;
    }

    /// <summary>False behind the last one.</summary>
    private bool TryBeginChunk(long deadline)
    {
        if (_inChunks && !input.ReadLine(deadline, StatusCodes.Status400BadRequest).IsEmpty)
        {
            throw new BadHttpRequestException("a chunk is longer than it says");
        }

        _inChunks = true;
        ReadOnlySpan<byte> line = input.ReadLine(deadline, StatusCodes.Status400BadRequest);
        int extension = line.IndexOf((byte)';');
        ReadOnlySpan<byte> size = (extension < 0 ? line : line[..extension]).TrimEnd(" \t"u8);
        if (size.Length is 0 or > MaxSizeDigits
            || size.IndexOfAnyExcept("0123456789abcdefABCDEF"u8) >= 0
            || !int.TryParse(size, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int number))
        {
            throw new BadHttpRequestException("malformed size of a chunk");
        }

        _left = number;
        if (number > 0)
        {
            return true;
        }

        for (int trailers = 0; !input.ReadLine(deadline, StatusCodes.Status431RequestHeaderFieldsTooLarge).IsEmpty; trailers++)
        {
            if (trailers == MaxTrailers)
            {
                throw new BadHttpRequestException("too many trailers", StatusCodes.Status431RequestHeaderFieldsTooLarge);
            }
        }

        return false;
    }
}
