using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace Pprof.Hosting.Listening.Server;

/// <summary>The status and the headers of a response, and who wants to be told that it begins and ends.</summary>
internal sealed class ResponseHead : IHttpResponseFeature
{
    private readonly Stack<(Func<object, Task> Callback, object State)> _starting = [];
    private readonly Stack<(Func<object, Task> Callback, object State)> _completed = [];

    /// <inheritdoc/>
    public int StatusCode { get; set; } = StatusCodes.Status200OK;

    /// <inheritdoc/>
    public string? ReasonPhrase { get; set; }

    /// <inheritdoc/>
    public IHeaderDictionary Headers { get; set; } = new HeaderDictionary();

    /// <inheritdoc/>
    public Stream Body { get; set; } = Stream.Null;

    /// <inheritdoc/>
    public bool HasStarted { get; private set; }

    /// <summary>Whether the status allows for a body.</summary>
    public bool AllowsBody => StatusCode is not (StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent or StatusCodes.Status304NotModified);

    /// <inheritdoc/>
    public void OnStarting(Func<object, Task> callback, object state)
    {
        if (HasStarted)
        {
            throw new InvalidOperationException("The response has begun.");
        }

        _starting.Push((callback, state));
    }

    /// <inheritdoc/>
    public void OnCompleted(Func<object, Task> callback, object state) => _completed.Push((callback, state));

    /// <summary>The response is about to begin: what is registered may still change it.</summary>
    public async Task FireStartingAsync()
    {
        while (_starting.TryPop(out (Func<object, Task> Callback, object State) registered))
        {
            await registered.Callback(registered.State);
        }
    }

    /// <summary>The response is over. What goes wrong now concerns nobody.</summary>
    public async Task FireCompletedAsync()
    {
        while (_completed.TryPop(out (Func<object, Task> Callback, object State) registered))
        {
            try
            {
                await registered.Callback(registered.State);
            }
            catch (Exception)
            {
                // The others give back what they have.
            }
        }
    }

    /// <summary>The bytes of it, up to the empty line. From now on the response has begun.</summary>
    /// <exception cref="InvalidOperationException">A header cannot be sent; it has not begun.</exception>
    public byte[] Begin()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {StatusCode} {ReasonPhrase ?? ReasonPhrases.GetReasonPhrase(StatusCode)}\r\n");
        if (!Headers.ContainsKey("Date"))
        {
            text.Append(CultureInfo.InvariantCulture, $"Date: {DateTimeOffset.UtcNow:R}\r\n");
        }

        foreach ((string name, StringValues values) in Headers)
        {
            foreach (string? value in values)
            {
                if (name.AsSpan().IndexOfAnyExceptInRange('!', '~') >= 0 || value.AsSpan().IndexOfAnyExceptInRange(' ', '~') >= 0)
                {
                    throw new InvalidOperationException($"The header {name} has letters that cannot be sent.");
                }

                text.Append(name).Append(": ").Append(value).Append("\r\n");
            }
        }

        HasStarted = true;
        return System.Text.Encoding.ASCII.GetBytes(text.Append("\r\n").ToString());
    }
}
