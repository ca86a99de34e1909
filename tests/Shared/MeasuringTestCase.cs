using Xunit;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Pprof.Testing;

/// <summary>A test that is run again where it fails. What is told of it is what its last run told.</summary>
#pragma warning disable xUnit3001 // It is made where tests run and is sent nowhere: nobody makes it of what was sent.
internal sealed class MeasuringTestCase : LongLivedMarshalByRefObject, IXunitTestCase
#pragma warning restore xUnit3001
{
    private const int MaxRuns = 3;

    private readonly IXunitTestCase _test;

    private MeasuringTestCase(IXunitTestCase test) => _test = test;

    public string DisplayName => _test.DisplayName;

    public string SkipReason => _test.SkipReason;

    public ISourceInformation SourceInformation
    {
        get => _test.SourceInformation;
        set => _test.SourceInformation = value;
    }

    public ITestMethod TestMethod => _test.TestMethod;

    public object[] TestMethodArguments => _test.TestMethodArguments;

    public Dictionary<string, List<string>> Traits => _test.Traits;

    public string UniqueID => _test.UniqueID;

    public Exception InitializationException => _test.InitializationException;

    public IMethodInfo Method => _test.Method;

    public int Timeout => _test.Timeout;

    /// <summary>The test, as one that is run again where it or its class is marked.</summary>
    public static IXunitTestCase WhereMarked(IXunitTestCase test) =>
        IsMarked(test.TestMethod.Method.GetCustomAttributes(typeof(MeasuresAttribute)))
        || IsMarked(test.TestMethod.TestClass.Class.GetCustomAttributes(typeof(MeasuresAttribute)))
            ? new MeasuringTestCase(test)
            : test;

    public async Task<RunSummary> RunAsync(
        IMessageSink diagnosticMessageSink,
        IMessageBus messageBus,
        object[] constructorArguments,
        ExceptionAggregator aggregator,
        CancellationTokenSource cancellationTokenSource)
    {
        for (int run = 1; ; run++)
        {
            using var told = new HeldMessages();
            var exceptions = new ExceptionAggregator(aggregator);
            RunSummary summary = await _test.RunAsync(diagnosticMessageSink, told, constructorArguments, exceptions, cancellationTokenSource);
            if (told.FailedAssertion is not { } failure || run == MaxRuns || cancellationTokenSource.IsCancellationRequested)
            {
                aggregator.Aggregate(exceptions);
                told.HandOver(messageBus);
                return summary;
            }

            diagnosticMessageSink.OnMessage(new DiagnosticMessage($"{DisplayName} is run again: {string.Join(" ", failure.Messages)}"));
        }
    }

    public void Deserialize(IXunitSerializationInfo info) => _test.Deserialize(info);

    public void Serialize(IXunitSerializationInfo info) => _test.Serialize(info);

    private static bool IsMarked(IEnumerable<IAttributeInfo> attributes) => attributes.Any();

    private sealed class HeldMessages : IMessageBus
    {
        private readonly List<IMessageSinkMessage> _messages = [];

        /// <summary>Why the test failed, where that is an assertion: what else is thrown, by a service that is lost, say, is no measurement.</summary>
        public IFailureInformation? FailedAssertion =>
            _messages.OfType<IFailureInformation>().FirstOrDefault(static failure => failure.ExceptionTypes[0].StartsWith("Xunit.Sdk.", StringComparison.Ordinal));

        public bool QueueMessage(IMessageSinkMessage message)
        {
            lock (_messages)
            {
                _messages.Add(message);
            }

            return true;
        }

        /// <summary>Passes on what has been told.</summary>
        public void HandOver(IMessageBus messageBus)
        {
            lock (_messages)
            {
                _messages.ForEach(message => messageBus.QueueMessage(message));
            }
        }

        public void Dispose()
        {
        }
    }
}
