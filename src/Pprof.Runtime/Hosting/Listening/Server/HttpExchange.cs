using System.Net;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Pprof.Hosting.Listening.Server;

/// <summary>One request and its response, as the context that ASP.NET Core's own servers make of one.</summary>
internal sealed class HttpExchange : IHttpRequestLifetimeFeature, IHttpRequestBodyDetectionFeature, IDisposable
{
    private readonly HttpConnection _connection;
    private readonly CancellationTokenSource _aborted = new();
    private readonly ResponseHead _response = new();
    private readonly ResponseBody _body;

    public HttpExchange(HttpConnection connection, RequestHead head, RequestBody body, Func<bool> mayKeepAlive)
    {
        _connection = connection;
        _body = new ResponseBody(head, _response, connection, () => mayKeepAlive() && !_aborted.IsCancellationRequested);
        _response.Body = _body;
        CanHaveBody = head.HasBody;
        RequestAborted = _aborted.Token;

        var features = new FeatureCollection();
        features.Set<IHttpRequestFeature>(new HttpRequestFeature
        {
            Method = head.Method,
            Scheme = "http",
            Protocol = head.IsHttp10 ? HttpProtocol.Http10 : HttpProtocol.Http11,
            RawTarget = head.RawTarget,
            PathBase = "",
            Path = head.Path,
            QueryString = head.QueryString,
            Headers = head.Headers,
            Body = body,
        });
        features.Set<IHttpResponseFeature>(_response);
        features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(_body));
        features.Set<IHttpRequestLifetimeFeature>(this);
        features.Set<IHttpRequestBodyDetectionFeature>(this);
        features.Set<IHttpConnectionFeature>(connection.Feature);
        features.Set<IConnectionItemsFeature>(connection);
        features.Set<IConnectionSocketFeature>(connection);
        Context = new DefaultHttpContext(features);
    }

    /// <summary>What the request is served with.</summary>
    public HttpContext Context { get; }

    /// <inheritdoc/>
    public bool CanHaveBody { get; }

    /// <inheritdoc/>
    public CancellationToken RequestAborted { get; set; }

    /// <summary>Serves the request. Does not throw. The result is whether the connection goes on.</summary>
    public async Task<bool> ServeAsync(Func<HttpContext, Task> serve)
    {
        try
        {
            await serve(Context);
            await _body.CompleteAsync();
        }
        catch (Exception) when (!_response.HasStarted && !_aborted.IsCancellationRequested)
        {
            await FailAsync();
        }
        catch (Exception)
        {
            // It had begun, and is not complete.
            Abort();
        }

        await _response.FireCompletedAsync();
        return _body.KeepsAlive && !_aborted.IsCancellationRequested;
    }

    /// <summary>The client has gone, or is to go.</summary>
    public void Abort()
    {
        CancelRequest();
        _connection.Close();
    }

    /// <summary>Tells whoever works for the request that nobody waits for it.</summary>
    public void CancelRequest()
    {
        try
        {
            _aborted.Cancel();
        }
        catch (Exception e) when (e is AggregateException or ObjectDisposedException)
        {
            // What others do then concerns them. Or the request is over.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _aborted.Dispose();

    private async Task FailAsync()
    {
        try
        {
            _response.StatusCode = (int)HttpStatusCode.InternalServerError;
            _response.Headers.Clear();
            await _body.CompleteAsync();
        }
        catch (Exception)
        {
            Abort();
        }
    }
}
