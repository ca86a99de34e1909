using System.Diagnostics;

namespace Pprof.Profiles;

/// <summary>
/// How an activity's better name comes to the trace from those who know what it is about: on the thread that ends the activity,
/// right before it does.
/// </summary>
internal static class TraceTaskName
{
    [ThreadStatic]
    private static (Activity Activity, string Name)? s_last;

    /// <summary>Names an activity that ends next on this thread.</summary>
    public static void Set(Activity activity, string name) => s_last = (activity, name);

    /// <summary>The name that was given to an activity that ends; null where there is none.</summary>
    public static string? Take(Activity activity)
    {
        if (s_last is not { } last)
        {
            return null;
        }

        s_last = null;
        return last.Activity == activity ? last.Name : null;
    }
}
