using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Pprof.Endpoints.Query;
using Pprof.Symbols;

namespace Pprof.Endpoints;

/// <summary>
/// <c>symbol</c>: addresses separated by <c>+</c>, in the body of a POST or in the raw query string, and a line for
/// each one that has a name.
/// </summary>
internal static class SymbolRequest
{
    /// <summary>Bytes of a body that are read; the pprof tool needs some 15 for each address.</summary>
    public const int MaxBodyLength = 1024 * 1024;

    // Go's handler reads tokens through a buffer of this size and says so when one does not fit.
    private const int MaxTokenLength = 4096;

    public static async Task ServeAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        ReadOnlyMemory<byte> input;
        if (HttpMethods.IsPost(request.Method))
        {
            if (await ReadBodyAsync(request, context.RequestAborted) is not { } body)
            {
                await ResponseText.WriteErrorAsync(context, StatusCodes.Status413PayloadTooLarge, $"more than {MaxBodyLength} bytes of addresses");
                return;
            }

            input = body;
        }
        else
        {
            input = System.Text.Encoding.Latin1.GetBytes(request.QueryString.Value?.TrimStart('?') ?? "");
        }

        await ResponseText.WriteAsync(context, ResponseText.PlainText, Answer(input.Span));
    }

    private static string Answer(ReadOnlySpan<byte> input)
    {
        // The tool asks only whether this number is zero.
        var answer = new StringBuilder("num_symbols: 1\n");
        Symbolizer? symbolizer = null;
        while (!input.IsEmpty)
        {
            int length = input.IndexOf((byte)'+');
            bool last = length < 0;
            ReadOnlySpan<byte> token = last ? input : input[..length];
            if (token.Length >= MaxTokenLength)
            {
                answer.Append("reading request: bufio: buffer full\n");
                break;
            }

            ulong address = NumberText.ParseAddress(token);
            if (address != 0 && address <= nuint.MaxValue)
            {
                symbolizer ??= Symbolizer.Create();
                if (symbolizer.Resolve((nuint)address) is { } symbol)
                {
                    answer.Append(CultureInfo.InvariantCulture, $"0x{address:x} {symbol.Name}\n");
                }
            }

            input = last ? default : input[(length + 1)..];
        }

        return answer.ToString();
    }

    /// <summary>The body, or null where it is longer than the bound.</summary>
    private static async Task<ReadOnlyMemory<byte>?> ReadBodyAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (request.ContentLength > MaxBodyLength)
        {
            return null;
        }

        var body = new ArrayBufferWriter<byte>();
        while (true)
        {
            int read = await ReadAsync(request.Body, body.GetMemory(4096), cancellation);
            if (read == 0)
            {
                return body.WrittenMemory;
            }

            body.Advance(read);
            if (body.WrittenCount > MaxBodyLength)
            {
                return null;
            }
        }
    }

    /// <exception cref="BadHttpRequestException">The client sends what is no body, or has gone.</exception>
    private static async ValueTask<int> ReadAsync(Stream body, Memory<byte> buffer, CancellationToken cancellation)
    {
        try
        {
            return await body.ReadAsync(buffer, cancellation);
        }
        catch (Exception exception) when (exception is not (BadHttpRequestException or OperationCanceledException))
        {
            // Whatever the server throws there: an IOException of the connection, and at some sizes of chunks others.
            throw new BadHttpRequestException(exception.Message, StatusCodes.Status400BadRequest, exception);
        }
    }
}
