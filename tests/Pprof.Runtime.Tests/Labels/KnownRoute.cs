using Pprof.Labels;
using Pprof.Profiles;

namespace Pprof.Runtime.Tests.Labels;

/// <summary>The labels of a request that there is none of.</summary>
internal static class KnownRoute
{
    /// <summary>Adds the route to what is being done.</summary>
    public static void Follow(string route)
    {
        LabelSet labels = LabelSet.Empty.With(new Label("http_route", route));
        CurrentLabels.Follow(new PushedLabels(null, labels, KnownRoutes.Instance.NumberOf(labels)));
    }
}
