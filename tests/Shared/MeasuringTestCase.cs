using System.Collections.Concurrent;
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

    /// <summary>The test, as one that is run again where it is marked, or else its class.</summary>
    public static IXunitTestCase WhereMarked(IXunitTestCase test)
    {
        IAttributeInfo? mark = test.TestMethod.Method.GetCustomAttributes(typeof(MeasuresAttribute)).FirstOrDefault()
            ?? test.TestMethod.TestClass.Class.GetCustomAttributes(typeof(MeasuresAttribute)).FirstOrDefault();
        return mark?.GetNamedArgument<bool>(nameof(MeasuresAttribute.IsDisturbed)) == true ? new MeasuringTestCase(test) : test;
    }

    public async Task<RunSummary> RunAsync(
        IMessageSink diagnosticMessageSink,
        IMessageBus messageBus,
        object[] constructorArguments,
        ExceptionAggregator aggregator,
        CancellationTokenSource cancellationTokenSource)
    {
        for (int run = 1; ; run++)
        {
            using var told = new HeldMessages(messageBus);
            var exceptions = new ExceptionAggregator(aggregator);
            RunSummary summary = await _test.RunAsync(diagnosticMessageSink, told, constructorArguments, exceptions, cancellationTokenSource);
            if (told.FailedAssertion is not { } why || run == MaxRuns || cancellationTokenSource.IsCancellationRequested)
            {
                aggregator.Aggregate(exceptions);
                if (!told.HandOver())
                    await cancellationTokenSource.CancelAsync();

                return summary;
            }

            diagnosticMessageSink.OnMessage(new DiagnosticMessage($"{DisplayName} is run again: {why}"));
        }
    }

    public void Deserialize(IXunitSerializationInfo info) => _test.Deserialize(info);

    public void Serialize(IXunitSerializationInfo info) => _test.Serialize(info);

    /// <summary>What a run tells: that it begins at once, all else when it is known whether it is the last one.</summary>
    private sealed class HeldMessages(IMessageBus messageBus) : IMessageBus
    {
        private readonly ConcurrentQueue<IMessageSinkMessage> _messages = [];

        /// <summary>
        /// What failed, where that are assertions. What else is thrown, because a service is lost, say, is no measurement; null then.
        /// </summary>
        public string? FailedAssertion
        {
            get
            {
                IFailureInformation[] failures = [.. _messages.OfType<IFailureInformation>()];
                return failures.Length > 0 && failures.All(IsAssertion) ? string.Join(" ", failures.SelectMany(static failure => failure.Messages)) : null;
            }
        }

        public bool QueueMessage(IMessageSinkMessage message)
        {
            if (message is ITestCaseStarting or ITestStarting)
                return messageBus.QueueMessage(message);

            _messages.Enqueue(message);
            return true;
        }

        /// <summary>Passes on what has been told; false where the tests are to end.</summary>
        public bool HandOver() => _messages.Aggregate(true, (goesOn, message) => messageBus.QueueMessage(message) && goesOn);

        public void Dispose()
        {
        }

        private static bool IsAssertion(IFailureInformation failure) =>
            Array.TrueForAll(failure.ExceptionTypes, static type => type?.StartsWith("Xunit.Sdk.", StringComparison.Ordinal) == true)
            && !failure.ExceptionTypes.Contains(typeof(TestTimeoutException).FullName);
    }
}
