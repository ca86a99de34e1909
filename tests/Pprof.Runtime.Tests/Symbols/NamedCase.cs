using Named.Code;

namespace Pprof.Runtime.Tests.Symbols;

/// <summary>Code that captures its stack, and what the method that does is to be called.</summary>
/// <param name="Name">The name.</param>
/// <param name="Run">Runs the code; the capture may come after an await.</param>
/// <param name="NativeAotName">The name where the runtime knows less of it, or null.</param>
internal sealed record NamedCase(string Name, Func<Task> Run, string? NativeAotName = null)
{
    /// <summary>Every kind of method that the C# compiler makes.</summary>
    public static readonly NamedCase[] All =
    [
        Of("Named.Code.Plain.Method", Plain.Method),
        Of("Named.Code.Plain.Nested.Method", Plain.Nested.Method),
        Of("Named.Code.Plain.Generic<TKey, TValue>", Plain.Generic<int, string>, "Named.Code.Plain.Generic"),
        Of("Named.Code.Outer<T>.Method", Outer<int>.Method),
        Of("Named.Code.Outer<T>.Inner<TOther>.Method", Outer<string>.Inner<long>.Method, "Named.Code.Outer<T>.Inner<T>.Method"),
        Of("Named.Code.Outer<T>.HoldsLambda.lambda", Outer<string>.HoldsLambda),
        Of("Named.Code.Plain.HoldsLambda.lambda", Plain.HoldsLambda),
        Of("Named.Code.Plain.HoldsStaticLambda.lambda", Plain.HoldsStaticLambda),
        Of("Named.Code.Plain.HoldsLocalFunction.Local", Plain.HoldsLocalFunction),
        Of("Named.Code.Plain..ctor(Action)", () => _ = new Plain(() => RecordedStack.Capture()), "Named.Code.Plain..ctor"),
        Of("Named.Code.Plain.get_Property", () => _ = new Plain().Property),
        Of("Named.Code.Plain.op_Addition", () => _ = new Plain() + new Plain()),
        Of("Named.Code.Plain.Iterates", () => Plain.Iterates().Count()),
        Of("Named.Code.Explicit.CompareTo", () => ((IComparable<int>)new Explicit()).CompareTo(0)),
        Of("Named.Code.Explicit.Dispose", () => ((IDisposable)new Explicit()).Dispose()),
        Of("Named.Code.ExplicitIterators.GetEnumerator", () => ((IEnumerable<int>)new ExplicitIterators()).GetEnumerator().MoveNext()),
        new("Named.Code.ExplicitIterators.GetAsyncEnumerator", () => ((IAsyncEnumerable<string>)new ExplicitIterators()).GetAsyncEnumerator().MoveNextAsync().AsTask()),
        new("Named.Code.ExplicitIterators.DisposeAsync", () => ((IAsyncDisposable)new ExplicitIterators()).DisposeAsync().AsTask()),
        Of("Named.Code.Overloaded.Parse(int)", () => Overloaded.Parse(1), "Named.Code.Overloaded.Parse"),
        Of("Named.Code.Overloaded.Parse(string, out int?)", () => Overloaded.Parse("", out _), "Named.Code.Overloaded.Parse"),
        Of("Named.Code.Overloaded.Parse<TKey>(Dictionary<TKey, long[]>)", () => Overloaded.Parse(new Dictionary<string, long[]>()), "Named.Code.Overloaded.Parse"),
        new("Named.Code.Overloaded.ParseAsync()", Overloaded.ParseAsync, "Named.Code.Overloaded.ParseAsync"),
        new("Named.Code.Overloaded.ParseAsync(object)", () => Overloaded.ParseAsync(new object()), "Named.Code.Overloaded.ParseAsync"),
        Of("Named.Code.OfThisFile.Method", FileLocal.Method),
        new("Named.Code.Plain.AwaitsAsync", Plain.AwaitsAsync),
        new("Named.Code.Plain.AwaitsGenericAsync<T>", Plain.AwaitsGenericAsync<string>),
        new("Named.Code.Plain.HoldsAsyncLambda.lambda", Plain.HoldsAsyncLambda),
        new("Named.Code.Plain.HoldsAsyncLocalFunction.Local", Plain.HoldsAsyncLocalFunction),
        new("Named.Code.Plain.IteratesAsync", () => Plain.IteratesAsync().GetAsyncEnumerator().MoveNextAsync().AsTask()),
    ];

    private static NamedCase Of(string name, Action run, string? nativeAotName = null) => new(
        name,
        () =>
        {
            run();
            return Task.CompletedTask;
        },
        nativeAotName);
}
