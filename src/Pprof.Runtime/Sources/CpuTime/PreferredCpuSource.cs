namespace Pprof.Sources.CpuTime;

/// <summary>One source, and another for the requests that it cannot serve. Which one does is found out at each.</summary>
/// <param name="preferred">The one.</param>
/// <param name="other">The other.</param>
internal sealed class PreferredCpuSource(CpuSource preferred, CpuSource other) : CpuSource
{
    /// <inheritdoc/>
    public override string? UnsupportedReason =>
        preferred.UnsupportedReason is { } missing && other.UnsupportedReason is { } reason ? Both(missing, reason) : null;

    /// <inheritdoc/>
    public override void Prepare() => preferred.Prepare();

    /// <inheritdoc/>
    public override CpuSampling? TryStart(int rate, ICpuSink sink, out string? refusal)
    {
        refusal = preferred.UnsupportedReason;
        if (refusal is null)
        {
            CpuSampling? sampling = preferred.TryStart(rate, sink, out refusal);
            if (refusal is null)
            {
                // None where as many run as it can serve. The other would be in their way.
                return sampling is null ? null : new Sampling(sampling, StartOther);
            }
        }

        string missing = refusal;
        CpuSampling? substitute = other.TryStart(rate, sink, out refusal);
        refusal = refusal is null ? null : Both(missing, refusal);
        return substitute is null ? null : new Sampling(substitute, missing);

        CpuSampling StartOther(string reason) => other.TryStart(rate, sink, out string? otherReason) is { } started
            ? new Sampling(started, reason)
            : throw new SamplingRefusedException(otherReason is null ? reason : Both(reason, otherReason));
    }

    private static string Both(string preferredReason, string otherReason) =>
        $"{preferredReason}. Otherwise the runtime's own sampling of threads would do, but {otherReason}";

    /// <summary>A sampling by one of the two; until it has begun, the other can take its place.</summary>
    private sealed class Sampling : CpuSampling
    {
        private readonly Func<string, CpuSampling>? _startOther;
        private readonly string? _missing;
        private CpuSampling _current;
        private volatile bool _isStopped;

        public Sampling(CpuSampling preferred, Func<string, CpuSampling> startOther)
        {
            _current = preferred;
            _startOther = startOther;
            Started = StartAsync();
        }

        public Sampling(CpuSampling other, string missing)
        {
            _current = other;
            _missing = missing;
            Started = other.Started;
        }

        public override Task Started { get; }

        public override async Task<CpuCoverage> StopAsync()
        {
            _isStopped = true;
            CpuCoverage coverage = await Volatile.Read(ref _current).StopAsync();
            return _missing is null ? coverage : coverage with { MissingTimers = _missing };
        }

        private async Task StartAsync()
        {
            try
            {
                await _current.Started;
            }
            catch (SamplingRefusedException e) when (!_isStopped)
            {
                CpuSampling other = _startOther!(e.Message);
                Volatile.Write(ref _current, other);
                if (_isStopped)
                {
                    // The client has hung up meanwhile, and only the first was told.
                    _ = await other.StopAsync();
                }

                await other.Started;
            }
        }
    }
}
