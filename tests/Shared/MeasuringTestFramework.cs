using System.Reflection;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Pprof.Testing;

/// <summary>Runs tests as xunit does, but those that <see cref="MeasuresAttribute"/> marks again where they fail.</summary>
public sealed class MeasuringTestFramework(IMessageSink messageSink) : XunitTestFramework(messageSink)
{
    /// <inheritdoc/>
    protected override ITestFrameworkExecutor CreateExecutor(AssemblyName assemblyName) =>
        new Executor(assemblyName, SourceInformationProvider, DiagnosticMessageSink);

    private sealed class Executor(AssemblyName assembly, ISourceInformationProvider source, IMessageSink diagnostics)
        : XunitTestFrameworkExecutor(assembly, source, diagnostics)
    {
        protected override void RunTestCases(
            IEnumerable<IXunitTestCase> testCases, IMessageSink executionMessageSink, ITestFrameworkExecutionOptions executionOptions) =>
            base.RunTestCases(testCases.Select(MeasuringTestCase.WhereMarked), executionMessageSink, executionOptions);
    }
}
