using Pprof.EndToEnd.Tests.Accuracy;
using Pprof.EndToEnd.Tests.Native;
using Pprof.EndToEnd.Tests.Scraping;
using Xunit;
using Xunit.Abstractions;

namespace Pprof.EndToEnd.Tests;

/// <summary>The collections by how long they take, so that none of the long ones is left over to run alone at the end.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] s_order =
        [nameof(Workloads), nameof(Samples), nameof(ScrapingCollection), nameof(Arm64ServiceTests)];

    /// <inheritdoc/>
    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(static collection => Array.FindIndex(s_order, name => collection.DisplayName.EndsWith(name, StringComparison.Ordinal)) is >= 0 and var place ? place : s_order.Length);
}
