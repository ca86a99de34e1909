using Xunit;

[assembly: TestFramework("Pprof.Testing.MeasuringTestFramework", "Pprof.Runtime.Tests")]
