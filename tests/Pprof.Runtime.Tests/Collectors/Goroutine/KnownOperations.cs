using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Pprof.Profiles;
using Pprof.Runtime.Tests.Collectors.Waits;

namespace Pprof.Runtime.Tests.Collectors.Goroutine;

/// <summary>Asynchronous operations of every shape, each suspended at a known place until this is disposed.</summary>
internal sealed class KnownOperations : IDisposable
{
    private static readonly TimeSpan s_long = TimeSpan.FromHours(1);

    private readonly CancellationTokenSource _end = new();
    private readonly TaskCompletionSource _never = new();
    private readonly SemaphoreSlim _semaphore = new(0);
    private readonly Channel<int> _channel = Channel.CreateUnbounded<int>();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly TcpClient _client = new();
    private readonly List<Task> _tasks = [];

    public KnownOperations()
    {
        _listener.Start();
        _client.Connect((IPEndPoint)_listener.LocalEndpoint);
    }

    /// <summary>What is under way: the method, its awaiters, what it awaits, and how many there are.</summary>
    public List<(string[] Chain, string Awaits, int Count)> Expected { get; } = [];

    /// <summary>Starts some of each shape.</summary>
    public void Start(int count)
    {
        Add(count, [nameof(PayAsync), nameof(PlaceAsync)], "delay", PlaceAsync);
        Add(count, [nameof(ReadChannelAsync)], "channel", ReadChannelAsync);
        Add(count, [nameof(EnterAsync)], "semaphore", EnterAsync);
        Add(count, [nameof(TryEnterAsync)], "semaphore with timeout", TryEnterAsync);
        Add(count, [nameof(NeverAsync)], "task", NeverAsync);
        Add(count, [nameof(LimitedAsync)], "task", LimitedAsync);
        Add(count, [nameof(TickAsync)], "timer", TickAsync);
        Add(count, [nameof(InnerPooledAsync), nameof(PooledAsync)], "delay", PooledAsync);
        Add(count, [nameof(NumbersAsync), nameof(EnumerateAsync)], "delay", EnumerateAsync);
        Add(count, [nameof(GenericAsync)], "delay", () => GenericAsync("text"));
        Add(count, [nameof(AllAsync)], "WhenAll of 2", AllAsync);
        Expected.Add(([nameof(OneOfAllAsync)], "delay", 2 * count));
        Add(count, [nameof(AnyAsync)], "WhenAny of 2", AnyAsync);
        Add(count, [nameof(AnyOfManyAsync)], "WhenAny of 3", AnyOfManyAsync);
        Expected.Add(([nameof(OneOfAnyAsync)], "delay", 5 * count));
        Task shared = SharedAsync();
        Expected.Add(([nameof(SharedAsync)], "task", 1));
        Add(count, [nameof(WaitForSharedAsync)], "task", () => WaitForSharedAsync(shared));
        _tasks.Add(ReceiveAsync());
        Expected.Add(([nameof(ReceiveAsync)], "socket", 1));
        StartFiredAndForgotten(count);
        Expected.Add(([nameof(FireAndForget)], "task", count));
    }

    /// <summary>Those of which not as many were found as there are, with what was found of them.</summary>
    public List<string> Missing(Profile profile)
    {
        List<NamedSample> samples = In(profile);
        List<string> wrong = [];
        foreach ((string[] chain, string awaits, int count) in Expected)
        {
            long found = samples.Where(sample => Is(sample, chain) && sample.Labels["awaits"] == awaits).Sum(static sample => sample.Values[0]);
            if (found != count)
            {
                wrong.Add($"{chain[0]}: {found} of {count}; " + string.Join("; ", samples
                    .Where(sample => sample.Has(chain[0]))
                    .Select(static sample => $"{string.Join(" <- ", sample.Stack)} [{sample.Labels["awaits"]}] {sample.Values[0]}")));
            }
        }

        return wrong;
    }

    /// <summary>The operations of a profile.</summary>
    public static List<NamedSample> In(Profile profile) =>
        [.. NamedSample.Of(profile).Where(static sample => sample.Labels.GetValueOrDefault("code") == "async")];

    public void Dispose()
    {
        _end.Cancel();
        _never.TrySetCanceled();
        _channel.Writer.TryComplete();
        _client.Dispose();
        _listener.Stop();
        try
        {
            Task.WhenAll(_tasks).Wait(TimeSpan.FromSeconds(30));
        }
        catch (AggregateException)
        {
            // As each of them ends.
        }

        _semaphore.Dispose();
        _end.Dispose();
    }

    /// <summary>Whether these methods stand one behind the other, and outermost; inside of them may be the class library's.</summary>
    private static bool Is(NamedSample sample, string[] chain) =>
        sample.Stack.Count >= chain.Length
        && sample.Stack.TakeLast(chain.Length).Zip(chain).All(static pair =>
            pair.First.EndsWith($".{nameof(KnownOperations)}.{pair.Second}", StringComparison.Ordinal)
            || pair.First.EndsWith($".{nameof(KnownOperations)}.{pair.Second}<T>", StringComparison.Ordinal))
        && sample.Stack.SkipLast(chain.Length).All(static frame => frame.StartsWith("System.", StringComparison.Ordinal));

    private void Add(int count, string[] chain, string awaits, Func<Task> start)
    {
        for (int i = 0; i < count; i++)
        {
            _tasks.Add(start());
        }

        Expected.Add((chain, awaits, count));
    }

    private async Task PlaceAsync() => await PayAsync();

    private async Task<int> PayAsync()
    {
        await Task.Delay(s_long, _end.Token);
        return 1;
    }

    private async Task ReadChannelAsync() => await _channel.Reader.ReadAsync(_end.Token);

    private async Task EnterAsync() => await _semaphore.WaitAsync(_end.Token);

    private async Task TryEnterAsync() => await _semaphore.WaitAsync(s_long, _end.Token);

    private async Task NeverAsync() => await _never.Task;

    private async Task LimitedAsync() => await _never.Task.WaitAsync(s_long, _end.Token);

    private async Task TickAsync()
    {
        using var timer = new PeriodicTimer(s_long);
        await timer.WaitForNextTickAsync(_end.Token);
    }

    private async Task PooledAsync() => await InnerPooledAsync();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask InnerPooledAsync() => await Task.Delay(s_long, _end.Token);

    private async Task EnumerateAsync()
    {
        await foreach (int number in NumbersAsync())
        {
            GC.KeepAlive(number);
        }
    }

    private async IAsyncEnumerable<int> NumbersAsync()
    {
        await Task.Delay(s_long, _end.Token);
        yield return 1;
    }

    private async Task<T> GenericAsync<T>(T value)
    {
        await Task.Delay(s_long, _end.Token);
        return value;
    }

    private async Task AllAsync() => await Task.WhenAll(OneOfAllAsync(), OneOfAllAsync());

    private async Task OneOfAllAsync() => await Task.Delay(s_long, _end.Token);

    private async Task AnyAsync() => await Task.WhenAny(OneOfAnyAsync(), OneOfAnyAsync());

    private async Task AnyOfManyAsync() => await Task.WhenAny(new List<Task> { OneOfAnyAsync(), OneOfAnyAsync(), OneOfAnyAsync() });

    private async Task OneOfAnyAsync() => await Task.Delay(s_long, _end.Token);

    private async Task SharedAsync() => await _never.Task;

    private static async Task WaitForSharedAsync(Task shared) => await shared;

    private async Task ReceiveAsync() => _ = await _client.GetStream().ReadAsync(new byte[1], _end.Token);

    private void StartFiredAndForgotten(int count)
    {
        // The test's own context would wait for the end of a method that returns nothing.
        SynchronizationContext? context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        for (int i = 0; i < count; i++)
        {
            FireAndForget();
        }

        SynchronizationContext.SetSynchronizationContext(context);
    }

    private async void FireAndForget()
    {
        try
        {
            await _never.Task;
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }
}
