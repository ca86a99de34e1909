namespace Pprof.Labels;

/// <summary>
/// Whether requests are labelled with their routes while nobody asks for a profile: where the application wants them labelled,
/// and as long as something is sampled all the time that shows it.
/// </summary>
internal static class LifetimeRoutes
{
    private static readonly Lock s_gate = new();
    private static readonly HashSet<object> s_wanting = [];
    private static bool s_areAllowed;
    private static volatile bool s_areOn;

    /// <summary>Raised after that has changed.</summary>
    public static event Action? Changed;

    /// <summary>Whether they are.</summary>
    public static bool AreOn => s_areOn;

    /// <summary>Whether the application wants its requests labelled.</summary>
    public static void Allow(bool areAllowed)
    {
        lock (s_gate)
        {
            s_areAllowed = areAllowed;
        }

        Follow();
    }

    /// <summary>Whether <paramref name="who"/> samples all the time.</summary>
    public static void Want(object who, bool areWanted)
    {
        lock (s_gate)
        {
            if (!(areWanted ? s_wanting.Add(who) : s_wanting.Remove(who)))
            {
                return;
            }
        }

        Follow();
    }

    private static void Follow()
    {
        lock (s_gate)
        {
            bool areOn = s_areAllowed && s_wanting.Count > 0;
            if (areOn == s_areOn)
            {
                return;
            }

            s_areOn = areOn;
        }

        Changed?.Invoke();
    }
}
