using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Pprof.Testing;

namespace Pprof.EndToEnd.Tests;

/// <summary>
/// A page in a Chromium of its own, driven by the protocol of its developer tools
/// (https://chromedevtools.github.io/devtools-protocol/).
/// </summary>
internal sealed partial class BrowserPage : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    private readonly System.Diagnostics.Process _process;
    private readonly TemporaryFolder _profile;
    private readonly ClientWebSocket _socket = new();
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonElement>> _commands = new();
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly ConcurrentQueue<string> _requests = new();
    private readonly CancellationTokenSource _end = new();
    private readonly SemaphoreSlim _sending = new(1);
    private Task _reading = Task.CompletedTask;
    private int _lastCommand;
    private byte[]? _answer;

    private BrowserPage(System.Diagnostics.Process process, TemporaryFolder profile) => (_process, _profile) = (process, profile);

    /// <summary>What went wrong in the page: exceptions, refused requests, and what its policy has blocked.</summary>
    public IReadOnlyCollection<string> Errors => _errors;

    /// <summary>The addresses of all requests that it made.</summary>
    public IReadOnlyCollection<string> Requests => _requests;

    /// <summary>Where it saves files.</summary>
    public string Downloads => _profile.Path;

    /// <summary>Starts the browser with an empty page.</summary>
    public static async Task<BrowserPage> OpenAsync()
    {
        var profile = new TemporaryFolder();
        ProcessStartInfo start = ChildProcess.Describe(
            Tools.PathOf(Tools.Chromium),
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync", "--remote-debugging-port=0", "--window-size=1400,1000",
                $"--user-data-dir={profile.Path}", "about:blank",
            ],
            folder: null, environment: null);
        var page = new BrowserPage(System.Diagnostics.Process.Start(start)!, profile);
        try
        {
            await page.ConnectAsync();
            return page;
        }
        catch
        {
            await page.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _reading;
        _socket.Dispose();
        _sending.Dispose();
        _end.Dispose();
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);

        await _process.WaitForExitAsync();
        _process.Dispose();
        await DeleteProfileAsync();
    }

    /// <summary>Opens a page and waits until it has loaded what it is made of.</summary>
    public async Task GoToAsync(string url)
    {
        await SendAsync("Page.navigate", new JsonObject { ["url"] = url });
        await UntilAsync("location.href !== 'about:blank' && document.readyState === 'complete'");
    }

    /// <summary>Answers the page's next request for a tree with these bytes, in place of the service.</summary>
    public async Task AnswerTreeWithAsync(byte[] json)
    {
        _answer = json;
        await SendAsync("Fetch.enable", new JsonObject { ["patterns"] = new JsonArray(new JsonObject { ["urlPattern"] = "*view=flame.json*" }) });
    }

    /// <summary>The value of an expression in the page.</summary>
    public async Task<JsonElement> EvaluateAsync(string expression)
    {
        JsonElement answer = await SendAsync("Runtime.evaluate", new JsonObject { ["expression"] = expression, ["returnByValue"] = true, ["awaitPromise"] = true });
        return answer.TryGetProperty("exceptionDetails", out JsonElement exception)
            ? throw new InvalidOperationException($"{expression}\n{exception}")
            : answer.GetProperty("result").TryGetProperty("value", out JsonElement value) ? value : default;
    }

    /// <summary>Waits until an expression is true in the page.</summary>
    public async Task UntilAsync(string expression)
    {
        var watch = Stopwatch.StartNew();
        while ((await EvaluateAsync($"!!({expression})")).ValueKind != JsonValueKind.True)
        {
            if (watch.Elapsed > s_patience)
                throw new TimeoutException($"{expression}\nis not true. The page says: {await EvaluateAsync("document.body?.innerText")}\n{string.Join('\n', Errors)}");

            await Task.Delay(50);
        }
    }

    /// <summary>Chooses an option of a select, or types a text into an input, as a person does.</summary>
    public Task SetAsync(string id, string value) => EvaluateAsync(
        $"{{ const e = document.getElementById('{id}'); e.value = {JsonSerializer.Serialize(value)}; e.dispatchEvent(new Event('input', {{ bubbles: true }})); e.dispatchEvent(new Event('change', {{ bubbles: true }})); }}");

    public Task ClickAsync(string id) => EvaluateAsync($"document.getElementById('{id}').click()");

    /// <summary>Presses and releases a key.</summary>
    public async Task PressAsync(string key)
    {
        foreach (string type in new[] { "keyDown", "keyUp" })
        {
            var parameters = new JsonObject { ["type"] = type, ["key"] = key, ["code"] = key };
            if (key == "Enter" && type == "keyDown")
                parameters["text"] = "\r";

            // Without its number the browser does not move the focus.
            if (key == "Tab")
                parameters["windowsVirtualKeyCode"] = 9;

            await SendAsync("Input.dispatchKeyEvent", parameters);
        }
    }

    /// <summary>What a screen reader is told: the roles and names of all that is shown.</summary>
    public async Task<IReadOnlyList<(string Role, string Name)>> ToldAsync() =>
    [
        .. (await SendAsync("Accessibility.getFullAXTree", [])).GetProperty("nodes").EnumerateArray()
            .Where(static node => !node.GetProperty("ignored").GetBoolean())
            .Select(static node => (ValueOf(node, "role"), ValueOf(node, "name"))),
    ];

    /// <summary>A picture of the window, as a PNG file.</summary>
    public async Task<byte[]> TakePictureAsync() => (await SendAsync("Page.captureScreenshot", [])).GetProperty("data").GetBytesFromBase64();

    private static string ValueOf(JsonElement node, string property) =>
        node.TryGetProperty(property, out JsonElement of) && of.TryGetProperty("value", out JsonElement value) ? value.ToString() : "";

    private async Task ConnectAsync()
    {
        string? line;
        Match match;
        do
        {
            line = await _process.StandardError.ReadLineAsync().WaitAsync(s_patience)
                ?? throw new InvalidOperationException("The browser ended before it could be driven.");
            match = Listening().Match(line);
        }
        while (!match.Success);

        // What it complains about later must not fill the pipe.
        _ = _process.StandardError.BaseStream.CopyToAsync(Stream.Null);
        _ = _process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
        using var client = new HttpClient();
        JsonElement[] targets = (await client.GetFromJsonAsync<JsonElement[]>($"http://{match.Groups[1].Value}/json/list"))!;
        JsonElement page = targets.First(target => target.GetProperty("type").GetString() == "page");
        await _socket.ConnectAsync(new Uri(page.GetProperty("webSocketDebuggerUrl").GetString()!), _end.Token);
        _reading = ReadAsync();
        foreach (string domain in new[] { "Page", "Runtime", "Log", "Network" })
            await SendAsync(domain + ".enable", []);

        await SendAsync("Browser.setDownloadBehavior", new JsonObject { ["behavior"] = "allow", ["downloadPath"] = Downloads });
    }

    private async Task<JsonElement> SendAsync(string method, JsonObject parameters)
    {
        int id = Interlocked.Increment(ref _lastCommand);
        var answered = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        _commands[id] = answered;
        byte[] message = JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters });
        await _sending.WaitAsync(_end.Token);
        try
        {
            await _socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, _end.Token);
        }
        finally
        {
            _sending.Release();
        }

        return await answered.Task.WaitAsync(s_patience);
    }

    private async Task ReadAsync()
    {
        var buffer = new byte[1 << 16];
        try
        {
            while (true)
            {
                var message = new MemoryStream();
                WebSocketReceiveResult part;
                do
                {
                    part = await _socket.ReceiveAsync(buffer, _end.Token);
                    message.Write(buffer, 0, part.Count);
                }
                while (!part.EndOfMessage);

                if (part.MessageType == WebSocketMessageType.Close)
                    return;

                Take(JsonDocument.Parse(message.ToArray()).RootElement);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or WebSocketException)
        {
            // The end of the browser, or of the test.
        }
    }

    private void Take(JsonElement message)
    {
        if (message.TryGetProperty("id", out JsonElement id))
        {
            if (_commands.TryRemove(id.GetInt32(), out TaskCompletionSource<JsonElement>? answered))
                Answer(answered, message);

            return;
        }

        JsonElement parameters = message.GetProperty("params");
        switch (message.GetProperty("method").GetString())
        {
            case "Runtime.exceptionThrown":
                _errors.Enqueue(parameters.ToString());
                break;
            case "Log.entryAdded" when parameters.GetProperty("entry").GetProperty("level").GetString() is "error" or "warning":
                _errors.Enqueue(parameters.ToString());
                break;
            case "Runtime.consoleAPICalled" when parameters.GetProperty("type").GetString() is "error" or "warning" or "assert":
                _errors.Enqueue(parameters.ToString());
                break;
            case "Network.requestWillBeSent":
                _requests.Enqueue(parameters.GetProperty("request").GetProperty("url").GetString()!);
                break;
            case "Fetch.requestPaused":
                _ = SendAsync("Fetch.fulfillRequest", new JsonObject
                {
                    ["requestId"] = parameters.GetProperty("requestId").GetString(),
                    ["responseCode"] = 200,
                    ["body"] = Convert.ToBase64String(_answer!),
                });
                break;
        }
    }

    private static void Answer(TaskCompletionSource<JsonElement> answered, JsonElement message)
    {
        if (message.TryGetProperty("result", out JsonElement result))
            answered.SetResult(result);
        else
            answered.SetException(new InvalidOperationException(message.ToString()));
    }

    /// <summary>Its processes go one after the other, and some still write.</summary>
    private async Task DeleteProfileAsync()
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                _profile.Dispose();
                return;
            }
            catch (IOException) when (watch.Elapsed < s_patience)
            {
                await Task.Delay(50);
            }
        }
    }

    [GeneratedRegex(@"DevTools listening on ws://([^/]+)/")]
    private static partial Regex Listening();
}
