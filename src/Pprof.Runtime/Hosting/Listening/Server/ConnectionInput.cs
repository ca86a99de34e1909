using System.Net.Sockets;
using Microsoft.AspNetCore.Http;

namespace Pprof.Hosting.Listening.Server;

/// <summary>
/// What the client of a connection has sent and nobody has read yet. Used by one thread at a time; it waits by blocking.
/// </summary>
internal sealed class ConnectionInput(Socket socket)
{
    /// <summary>Bytes of a line that are read.</summary>
    public const int MaxLine = 8 * 1024;

    private readonly byte[] _buffer = new byte[2 * MaxLine];
    private int _start;
    private int _end;

    /// <summary>Whether something has come that is not read yet.</summary>
    public bool HasBytes => _end > _start;

    /// <summary>Waits until there is something to read; false where the client has ended its side.</summary>
    /// <param name="deadline">Until when, in the milliseconds of <see cref="Environment.TickCount64"/>.</param>
    /// <exception cref="TimeoutException">Nothing comes.</exception>
    /// <exception cref="SocketException">The connection is broken.</exception>
    public bool WaitForBytes(long deadline) => HasBytes || Fill(deadline);

    /// <summary>Reads a line up to CRLF, which is not part of it. It holds until the next call.</summary>
    /// <param name="deadline">Until when.</param>
    /// <param name="tooLong">The status of a response to a line that is longer than <see cref="MaxLine"/>.</param>
    /// <exception cref="BadHttpRequestException">This is no line.</exception>
    /// <exception cref="EndOfStreamException">The client has gone in the middle of it.</exception>
    /// <exception cref="TimeoutException">It does not end in time.</exception>
    public ReadOnlySpan<byte> ReadLine(long deadline, int tooLong)
    {
        int searched = 0;
        while (true)
        {
            int length = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (length >= 0)
            {
                length += searched;
                ReadOnlySpan<byte> line = _buffer.AsSpan(_start, length);
                _start += length + 1;
                return length > MaxLine ? throw new BadHttpRequestException("a line is too long", tooLong)
                    : line.EndsWith((byte)'\r') ? line[..^1]
                    : throw new BadHttpRequestException("a line does not end in CRLF");
            }

            searched = _end - _start;
            if (searched > MaxLine)
            {
                throw new BadHttpRequestException("a line is too long", tooLong);
            }

            if (!Fill(deadline))
            {
                throw new EndOfStreamException();
            }
        }
    }

    /// <summary>Reads some bytes; 0 where the client has ended its side.</summary>
    /// <exception cref="TimeoutException">Nothing comes.</exception>
    public int Read(Span<byte> into, long deadline)
    {
        if (into.IsEmpty || !WaitForBytes(deadline))
        {
            return 0;
        }

        int count = Math.Min(into.Length, _end - _start);
        _buffer.AsSpan(_start, count).CopyTo(into);
        _start += count;
        return count;
    }

    /// <summary>
    /// Takes what has come meanwhile, without waiting: the next requests, of which there is room for some. False where there
    /// is no more room, or the client has gone.
    /// </summary>
    public bool TryReadAhead()
    {
        try
        {
            while (socket.Poll(0, SelectMode.SelectRead))
            {
                MakeRoom();
                if (_end == _buffer.Length)
                {
                    // Whether it has gone would show behind all that it sends without waiting for a response.
                    return false;
                }

                int received = socket.Receive(_buffer, _end, _buffer.Length - _end, SocketFlags.None);
                if (received == 0)
                {
                    return false;
                }

                _end += received;
            }

            return true;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    private bool Fill(long deadline)
    {
        long left = deadline - Environment.TickCount64;
        if (left <= 0 || !socket.Poll(TimeSpan.FromMilliseconds(left), SelectMode.SelectRead))
        {
            throw new TimeoutException();
        }

        MakeRoom();
        int received = socket.Receive(_buffer, _end, _buffer.Length - _end, SocketFlags.None);
        _end += received;
        return received > 0;
    }

    private void MakeRoom()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }
    }
}
