using Xunit;

namespace Pprof.EndToEnd.Tests.Scraping;

/// <summary>The engines' requests, which take a minute, and tests that have something to do meanwhile.</summary>
[CollectionDefinition(nameof(ScrapingCollection))]
public sealed class ScrapingCollection : ICollectionFixture<ScraperRequests>;
