namespace WebApi;

/// <summary>Three leaks to look for: each call makes one of them larger, and nothing ever makes it smaller.</summary>
internal static class Leaks
{
    private const int Objects = 1_000;
    private const int Bytes = 5_000;

    private static readonly Dictionary<Guid, byte[]> s_thumbnails = [];

    private static event EventHandler? PriceChanged;

    public static void Map(WebApplication app)
    {
        app.MapPost("/leaks/event", () => Repeat(Subscribe));
        app.MapPost("/leaks/event/raise", () => PriceChanged?.Invoke(null, EventArgs.Empty));
        app.MapPost("/leaks/cache", () => Repeat(Remember));
        app.MapPost("/leaks/timer", () => Repeat(Poll));
    }

    private static void Repeat(Action leak)
    {
        for (int i = 0; i < Objects; i++)
            leak();
    }

    /// <summary>A short-lived object that listens to an event of a long-lived one, and never stops.</summary>
    private static void Subscribe() => PriceChanged += new PriceTag().OnPriceChanged;

    /// <summary>A cache that forgets nothing.</summary>
    private static void Remember()
    {
        lock (s_thumbnails)
        {
            s_thumbnails.Add(Guid.NewGuid(), new byte[Bytes]);
        }
    }

    /// <summary>A timer that is never disposed keeps what its callback uses.</summary>
    private static void Poll() => new StockPoll().Start();

    private sealed class PriceTag
    {
        private readonly byte[] _picture = new byte[Bytes];

        public void OnPriceChanged(object? sender, EventArgs e) => _picture[0]++;
    }

    private sealed class StockPoll
    {
        private readonly byte[] _answer = new byte[Bytes];

        // One that has no state of its own refers to itself, and stays when nobody else refers to it.
        public void Start() => new Timer(_ => _answer[0]++).Change(TimeSpan.FromHours(1), TimeSpan.FromHours(1));
    }
}
