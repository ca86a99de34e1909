using Pprof.Encoding.Views;
using Pprof.Tool.Reading;
using Profile = Pprof.Profiles.Profile;

namespace Pprof.Tool.Reports;

/// <summary>Says of functions of a table that the calls to them were inlined, all or some.</summary>
internal static class InlineMarks
{
    /// <summary>Marks the rows of <paramref name="table"/>, which is of <paramref name="profile"/>.</summary>
    public static void Add(TopTable table, Profile profile, FileFrames frames)
    {
        Dictionary<string, TopTable.Row> rows = table.Rows.ToDictionary(static row => row.Name);

        // A call is inlined when it is so everywhere. What no row shows is left out of the stacks before.
        var calls = new Dictionary<(string Caller, string Callee), bool>();
        var seen = new HashSet<(string Caller, string Callee)>();
        for (int i = 0; i < profile.Samples.Count; i++)
        {
            seen.Clear();
            string? caller = null;
            ReadOnlySpan<nuint> stack = profile.Samples.Stack(i);
            for (int k = stack.Length - 1; k >= 0; k--)
            {
                string callee = frames.Resolve(stack[k])!.Name;
                if (!rows.ContainsKey(callee))
                {
                    continue;
                }

                if (caller is not null && caller != callee && seen.Add((caller, callee)))
                {
                    bool isInlined = frames.IsInlined(stack[k]);
                    calls[(caller, callee)] = isInlined && calls.GetValueOrDefault((caller, callee), true);
                }

                caller = callee;
            }
        }

        foreach (IGrouping<string, bool> callee in calls.GroupBy(static call => call.Key.Callee, static call => call.Value))
        {
            bool isSometimes = callee.Any(static isInlined => isInlined);
            rows[callee.Key].Mark = !isSometimes ? "" : callee.All(static isInlined => isInlined) ? " (inline)" : " (partial-inline)";
        }
    }
}
