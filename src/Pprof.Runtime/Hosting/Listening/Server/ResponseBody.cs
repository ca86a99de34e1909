using System.Globalization;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;

namespace Pprof.Hosting.Listening.Server;

/// <summary>
/// The body of a response. The first byte, or the end, sends the head before it. Of a length that the head states, or in
/// chunks; to HTTP/1.0, which has none, until the connection ends. It is written by blocking.
/// </summary>
/// <param name="request">What it answers.</param>
/// <param name="head">The response's.</param>
/// <param name="connection">Where it goes.</param>
/// <param name="mayKeepAlive">Whether the connection can be gone on with, as far as the server knows.</param>
internal sealed class ResponseBody(RequestHead request, ResponseHead head, HttpConnection connection, Func<bool> mayKeepAlive) : Stream
{
    // Head and body in one packet where there is little of both.
    private const int MaxJoined = 16 * 1024;

    private long? _length;
    private long _written;
    private bool _isChunked;
    private bool _isOmitted;

    /// <summary>Whether the client knows where the response ended, and that the connection goes on.</summary>
    public bool KeepsAlive { get; private set; }

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Ends it.</summary>
    /// <exception cref="IOException">The client has gone.</exception>
    public async Task CompleteAsync()
    {
        if (!head.HasStarted)
        {
            await head.FireStartingAsync();
            if (!head.HasStarted)
            {
                Send(Begin(isEmpty: true), default);
            }
        }
        else if (_isChunked)
        {
            Send(default, "0\r\n\r\n"u8);
        }

        // The client waits for more than there is.
        KeepsAlive &= _isOmitted || _length is null || _length == _written;
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!head.HasStarted)
        {
            await head.FireStartingAsync();
        }

        Write(buffer.Span);
    }

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        byte[]? begin = head.HasStarted ? null : Begin(isEmpty: false);
        _written += buffer.Length;
        if (_length is { } length && _written > length && !_isOmitted)
        {
            throw new InvalidOperationException("The response is longer than its Content-Length.");
        }

        if (_isOmitted || buffer.IsEmpty)
        {
            Send(begin, default);
        }
        else if (_isChunked)
        {
            Send(begin, System.Text.Encoding.ASCII.GetBytes(buffer.Length.ToString("x", CultureInfo.InvariantCulture) + "\r\n"));
            Send(default, buffer);
            Send(default, "\r\n"u8);
        }
        else
        {
            Send(begin, buffer);
        }
    }

    /// <inheritdoc/>
    public override void Flush() => Write([]);

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => WriteAsync(Array.Empty<byte>(), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Says in the head how long the body is, and what becomes of the connection.</summary>
    private byte[] Begin(bool isEmpty)
    {
        IHeaderDictionary headers = head.Headers;
        bool isHead = HttpMethods.IsHead(request.Method);
        _isOmitted = isHead || !head.AllowsBody;
        _length = headers.ContentLength;
        if (isEmpty && _length is null && !_isOmitted)
        {
            headers.ContentLength = _length = 0;
        }

        bool isUnbounded = !_isOmitted && _length is null;
        _isChunked = isUnbounded && !request.IsHttp10;
        if (_isChunked)
        {
            headers.TransferEncoding = "chunked";
        }

        KeepsAlive = request.KeepsAlive && mayKeepAlive() && (_isChunked || !isUnbounded)
            && !RequestHead.HasOption(headers.Connection.ToString(), "close");
        if (!KeepsAlive)
        {
            headers.Connection = "close";
        }
        else if (request.IsHttp10)
        {
            headers.Connection = "keep-alive";
        }

        return head.Begin();
    }

    private void Send(byte[]? begin, ReadOnlySpan<byte> bytes)
    {
        try
        {
            if (begin is not null && bytes.Length <= MaxJoined)
            {
                connection.Send([.. begin, .. bytes]);
                return;
            }

            connection.Send(begin);
            connection.Send(bytes);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            KeepsAlive = false;
            connection.Abort();
            throw new IOException("the client has gone", e);
        }
    }
}
