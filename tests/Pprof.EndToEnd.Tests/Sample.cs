using Pprof.Testing;

namespace Pprof.EndToEnd.Tests;

/// <summary>A sample service and the truth about it.</summary>
/// <param name="File">Base name of the file that the tool shows first.</param>
/// <param name="Shares">The busy methods and their shares of the work, in percent.</param>
/// <param name="Caller">The method that called them.</param>
/// <param name="Start">Starts the service.</param>
internal sealed record Sample(
    string File, IReadOnlyDictionary<string, int> Shares, string Caller, Func<Task<RunningService>> Start)
{
    /// <summary>The method that does most of the work.</summary>
    public string Busiest => Shares.MaxBy(share => share.Value).Key;

    /// <summary>How far a busy method's share of the busy methods' time is from the truth, in points.</summary>
    public double LargestError(TopReport top)
    {
        double all = Shares.Keys.Sum(top.Flat);
        return all == 0 ? 100 : Shares.Max(share => Math.Abs((100 * top.Flat(share.Key) / all) - share.Value));
    }
}
