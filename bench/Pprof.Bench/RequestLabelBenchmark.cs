using System.Diagnostics;
using Microsoft.AspNetCore.Routing.Patterns;
using Pprof.Endpoints;
using Pprof.Labels;

namespace Pprof.Bench;

/// <summary>
/// Nanoseconds that it takes one request to be labelled: what routing says of it, and the changes of context after it, with and
/// without, in turns of some milliseconds. The least of many turns, which a busy machine leaves as it is.
/// </summary>
internal static class RequestLabelBenchmark
{
    private const int Requests = 20_000;
    private const int TurnsOfRound = 100;
    private const string RouteFound = "Microsoft.AspNetCore.Routing.EndpointMatched";

    // The span of a request, which flows too.
    private static readonly AsyncLocal<object?> s_span = new();
    private static readonly object s_started = new();

    // As ASP.NET Core has one, by the same name.
    private static readonly DiagnosticListener s_listener = new("Microsoft.AspNetCore");
    private static readonly HttpContext s_context = NewContext();
    private static ExecutionContext? s_suspended;

    public static Task<int> RunAsync(Settings settings)
    {
        Console.WriteLine("one request, labelled and not, in nanoseconds");
        ExecutionContext empty = ExecutionContext.Capture()!;
        foreach (int awaits in (int[])[0, 1, 3])
        {
            double without = double.MaxValue;
            double with = double.MaxValue;
            double withHistory = double.MaxValue;
            for (int turn = 0; turn < settings.Rounds * TurnsOfRound; turn++)
            {
                without = Math.Min(without, Measure(empty, awaits));
                using var labels = new RequestLabels(PprofLabelsOf.Routes);
                with = Math.Min(with, Measure(empty, awaits));
                LabelHistory.Open();
                withHistory = Math.Min(withHistory, Measure(empty, awaits));
                LabelHistory.Close();
            }

            Console.WriteLine($"  suspended {awaits} times: without {without:F0}, labelled {with - without:F0} more, with the history of threads {withHistory - without:F0} more");
        }

        return Task.FromResult(0);
    }

    private static double Measure(ExecutionContext empty, int awaits)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < Requests; i++)
        {
            ExecutionContext.Run(empty, static _ => Begin(), null);
            for (int k = 0; k < awaits; k++)
                ExecutionContext.Run(s_suspended!, static _ => { }, null);
        }

        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / Requests;
    }

    private static void Begin()
    {
        s_span.Value = s_started;
        if (s_listener.IsEnabled() && s_listener.IsEnabled(RouteFound))
            s_listener.Write(RouteFound, s_context);

        s_suspended = ExecutionContext.Capture();
    }

    private static DefaultHttpContext NewContext()
    {
        var context = new DefaultHttpContext();
        context.Request.Method = HttpMethods.Get;
        context.SetEndpoint(new RouteEndpoint(static _ => Task.CompletedTask, RoutePatternFactory.Parse("/products/{id}"), 0, null, null));
        return context;
    }
}
