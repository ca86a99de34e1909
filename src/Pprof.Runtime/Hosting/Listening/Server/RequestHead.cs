using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Pprof.Hosting.Listening.Server;

/// <summary>
/// The request line and the headers of an HTTP/1 request (RFC 9112). Strict: what another recipient could read in another
/// way is refused.
/// </summary>
internal sealed class RequestHead
{
    private const int MaxHeaders = 100;
    private const int MaxHeaderBytes = 32 * 1024;
    private const int MaxEmptyLines = 4;

    private static readonly SearchValues<byte> s_token =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    private static readonly SearchValues<char> s_noHost = SearchValues.Create(" \t\"#%/<>?@\\^`{|},;");
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private RequestHead()
    {
    }

    /// <summary>As it was sent; unlike header names it matters how it is written.</summary>
    public string Method { get; private set; } = "";

    /// <summary>The target as it was sent.</summary>
    public string RawTarget { get; private set; } = "";

    /// <summary>The path, decoded and without dot segments.</summary>
    public string Path { get; private set; } = "";

    /// <summary>The query with its question mark, or nothing.</summary>
    public string QueryString { get; private set; } = "";

    /// <summary>Whether it is HTTP/1.0.</summary>
    public bool IsHttp10 { get; private set; }

    /// <summary>All headers, as they were sent.</summary>
    public IHeaderDictionary Headers { get; } = new HeaderDictionary();

    /// <summary>The length of the body where it is stated; 0 without a body.</summary>
    public long ContentLength { get; private set; }

    /// <summary>Whether the body comes in chunks.</summary>
    public bool IsChunked { get; private set; }

    /// <summary>Whether the client waits to be told that its body is wanted.</summary>
    public bool ExpectsContinue { get; private set; }

    /// <summary>Whether the client wants to go on with this connection.</summary>
    public bool KeepsAlive { get; private set; }

    /// <summary>Whether there is a body.</summary>
    public bool HasBody => IsChunked || ContentLength > 0;

    /// <summary>Reads one whose first byte has come.</summary>
    /// <exception cref="BadHttpRequestException">This is no request, or one that is not served.</exception>
    /// <exception cref="EndOfStreamException">The client has gone in the middle of it.</exception>
    /// <exception cref="TimeoutException">It does not end in time.</exception>
    public static RequestHead Read(ConnectionInput input, long deadline)
    {
        var head = new RequestHead();
        ReadOnlySpan<byte> line = input.ReadLine(deadline, StatusCodes.Status414UriTooLong);
        for (int empty = 0; line.IsEmpty && empty < MaxEmptyLines; empty++)
        {
            // Old clients send one behind the body of a POST.
            line = input.ReadLine(deadline, StatusCodes.Status414UriTooLong);
        }

        head.ReadRequestLine(line);
        int bytes = 0;
        for (int count = 0; ; count++)
        {
            line = input.ReadLine(deadline, StatusCodes.Status431RequestHeaderFieldsTooLarge);
            if (line.IsEmpty)
            {
                break;
            }

            bytes += line.Length;
            if (bytes > MaxHeaderBytes || count == MaxHeaders)
            {
                throw new BadHttpRequestException("too many headers", StatusCodes.Status431RequestHeaderFieldsTooLarge);
            }

            head.ReadHeader(line);
        }

        head.ReadHost();
        head.ReadFraming();
        head.ReadConnection();
        return head;
    }

    private void ReadRequestLine(ReadOnlySpan<byte> line)
    {
        int first = line.IndexOf((byte)' ');
        int last = line.LastIndexOf((byte)' ');
        if (first <= 0 || last <= first + 1)
        {
            throw new BadHttpRequestException("malformed request line");
        }

        ReadOnlySpan<byte> method = line[..first];
        ReadOnlySpan<byte> target = line[(first + 1)..last];
        ReadOnlySpan<byte> version = line[(last + 1)..];
        if (method.IndexOfAnyExcept(s_token) >= 0 || target.IndexOfAnyExceptInRange((byte)'!', (byte)'~') >= 0)
        {
            throw new BadHttpRequestException("malformed request line");
        }

        IsHttp10 = version.SequenceEqual("HTTP/1.0"u8);
        if (!IsHttp10 && !version.SequenceEqual("HTTP/1.1"u8))
        {
            throw version.StartsWith("HTTP/"u8)
                ? new BadHttpRequestException("this version of HTTP is not served", StatusCodes.Status505HttpVersionNotsupported)
                : new BadHttpRequestException("malformed request line");
        }

        Method = System.Text.Encoding.ASCII.GetString(method);
        RawTarget = System.Text.Encoding.ASCII.GetString(target);
    }

    private void ReadHeader(ReadOnlySpan<byte> line)
    {
        int colon = line.IndexOf((byte)':');
        if (colon <= 0 || line[..colon].IndexOfAnyExcept(s_token) >= 0)
        {
            // A continued line among them, which begins with a space.
            throw new BadHttpRequestException("malformed header");
        }

        ReadOnlySpan<byte> value = line[(colon + 1)..].Trim(" \t"u8);
        foreach (byte letter in value)
        {
            if (letter is (< (byte)' ' and not (byte)'\t') or 0x7F)
            {
                throw new BadHttpRequestException("malformed header");
            }
        }

        try
        {
            // Also where it is empty, which the collection's own way to add one leaves out: that a header is there may matter.
            string name = System.Text.Encoding.ASCII.GetString(line[..colon]);
            Headers[name] = StringValues.Concat(Headers[name], new StringValues(s_utf8.GetString(value)));
        }
        catch (DecoderFallbackException e)
        {
            throw new BadHttpRequestException("malformed header", StatusCodes.Status400BadRequest, e);
        }
    }

    private void ReadHost()
    {
        if (Headers.Host.Count > 1 || (Headers.Host.Count == 0 && !IsHttp10))
        {
            throw new BadHttpRequestException("a request has one Host header");
        }

        string host = Headers.Host.ToString();
        if (host.AsSpan().IndexOfAny(s_noHost) >= 0 || !HasPort(host))
        {
            throw new BadHttpRequestException("malformed Host header");
        }

        string target = RawTarget;
        if (!target.StartsWith('/'))
        {
            const string Scheme = "http://";
            if (target == "*")
            {
                return;
            }

            if (!target.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            {
                throw new BadHttpRequestException("malformed request target");
            }

            // The absolute form, which is for proxies: of two hosts it would be unclear which one counts.
            int path = target.AsSpan(Scheme.Length).IndexOfAny('/', '?') is >= 0 and var index ? index + Scheme.Length : target.Length;
            if (Headers.Host.Count == 1 && !target.AsSpan(Scheme.Length, path - Scheme.Length).Equals(host, StringComparison.OrdinalIgnoreCase))
            {
                throw new BadHttpRequestException("the Host header does not name the host of the request target");
            }

            target = target[path..];
            target = target.StartsWith('/') ? target : "/" + target;
        }

        int query = target.IndexOf('?', StringComparison.Ordinal);
        QueryString = query < 0 ? "" : target[query..];
        try
        {
            Path = RemoveDotSegments(PathString.FromUriComponent(query < 0 ? target : target[..query]).Value!);
        }
        catch (InvalidOperationException e)
        {
            // An encoded null.
            throw new BadHttpRequestException("malformed request target", StatusCodes.Status400BadRequest, e);
        }
    }

    /// <summary>Whether what stands behind the name, or behind an IPv6 address in its brackets, is a port or nothing.</summary>
    private static bool HasPort(string host)
    {
        int end = host.StartsWith('[') ? host.IndexOf(']', StringComparison.Ordinal) + 1 : host.IndexOf(':', StringComparison.Ordinal);
        if (end < 0 || end == host.Length)
        {
            return true;
        }

        return end > 0 && host[end] == ':'
            && (end + 1 == host.Length || ushort.TryParse(host.AsSpan(end + 1), NumberStyles.None, CultureInfo.InvariantCulture, out _));
    }

    /// <summary>Where the body ends. What a proxy could see elsewhere is refused (RFC 9112, 6.3 and 11.2).</summary>
    private void ReadFraming()
    {
        StringValues lengths = Headers["Content-Length"];
        if (Headers.TransferEncoding is { Count: > 0 } encodings)
        {
            if (IsHttp10 || lengths.Count > 0 || encodings.Count > 1)
            {
                throw new BadHttpRequestException("it is unclear where the body ends");
            }

            if (!encodings.ToString().Equals("chunked", StringComparison.OrdinalIgnoreCase))
            {
                throw new BadHttpRequestException("this transfer encoding is not served", StatusCodes.Status501NotImplemented);
            }

            IsChunked = true;
        }
        else if (lengths.Count > 0)
        {
            // No sign, no white space, no list.
            string text = lengths.ToString();
            if (lengths.Count > 1
                || text.AsSpan().IndexOfAnyExceptInRange('0', '9') >= 0
                || !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long length))
            {
                throw new BadHttpRequestException("malformed Content-Length");
            }

            ContentLength = length;
        }
    }

    private void ReadConnection()
    {
        string connection = Headers.Connection.ToString();
        KeepsAlive = IsHttp10 ? HasOption(connection, "keep-alive") : !HasOption(connection, "close");
        if (!IsHttp10 && Headers.Expect is { Count: > 0 } expect)
        {
            ExpectsContinue = expect.ToString().Equals("100-continue", StringComparison.OrdinalIgnoreCase)
                ? HasBody
                : throw new BadHttpRequestException("this expectation is not met", StatusCodes.Status417ExpectationFailed);
        }
    }

    /// <summary>Whether an option is in a Connection header.</summary>
    public static bool HasOption(string connection, string option) => Array.Exists(
        connection.Split(',', StringSplitOptions.TrimEntries), other => other.Equals(option, StringComparison.OrdinalIgnoreCase));

    /// <summary>RFC 3986, 5.2.4. Empty segments stay.</summary>
    private static string RemoveDotSegments(string path)
    {
        if (!path.Contains("/.", StringComparison.Ordinal))
        {
            return path;
        }

        string[] segments = path.Split('/');
        var kept = new List<string>();
        for (int i = 1; i < segments.Length; i++)
        {
            bool isDot = segments[i] is "." or "..";
            if (segments[i] == ".." && kept.Count > 0)
            {
                kept.RemoveAt(kept.Count - 1);
            }

            if (!isDot)
            {
                kept.Add(segments[i]);
            }
            else if (i == segments.Length - 1)
            {
                // What such a segment names is a folder.
                kept.Add("");
            }
        }

        return "/" + string.Join('/', kept);
    }
}
