using System.Runtime.CompilerServices;
using Pprof.Runtime.Tests.Symbols;

// A namespace of its own: names are compared in full. Every method does something after Capture: a call that comes last
// would leave no frame.
namespace Named.Code;

internal sealed class Plain
{
    public Plain()
    {
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public Plain(Action capture)
    {
        capture();
        RecordedStack.Rest();
    }

    public int Property
    {
        [MethodImpl(MethodImplOptions.NoInlining)]
        get
        {
            RecordedStack.Capture();
            return 0;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static Plain operator +(Plain left, Plain right)
    {
        RecordedStack.Capture();
        return left;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Method()
    {
        RecordedStack.Capture();
        RecordedStack.Rest();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Generic<TKey, TValue>()
    {
        RecordedStack.Capture();
        RecordedStack.Rest();
    }

    public static void HoldsLambda()
    {
        int captured = Environment.ProcessId;
        Action lambda = () =>
        {
            RecordedStack.Capture(captured);
            RecordedStack.Rest();
        };
        lambda();
    }

    public static void HoldsStaticLambda()
    {
        Action lambda = static () =>
        {
            RecordedStack.Capture();
            RecordedStack.Rest();
        };
        lambda();
    }

    public static void HoldsLocalFunction()
    {
        Local();

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Local()
        {
            RecordedStack.Capture();
            RecordedStack.Rest();
        }
    }

    public static async Task AwaitsAsync()
    {
        await Task.Yield();
        RecordedStack.Capture();
        RecordedStack.Rest();
    }

    public static async Task<T> AwaitsGenericAsync<T>()
    {
        await Task.Yield();
        RecordedStack.Capture();
        RecordedStack.Rest();
        return default!;
    }

    public static Task HoldsAsyncLambda()
    {
        Func<Task> lambda = async () =>
        {
            await Task.Yield();
            RecordedStack.Capture();
            RecordedStack.Rest();
        };
        return lambda();
    }

    public static async Task HoldsAsyncLocalFunction()
    {
        await Local();

        static async Task Local()
        {
            await Task.Yield();
            RecordedStack.Capture();
            RecordedStack.Rest();
        }
    }

    public static IEnumerable<int> Iterates()
    {
        yield return 1;
        RecordedStack.Capture();
        yield return 2;
    }

    public static async IAsyncEnumerable<int> IteratesAsync()
    {
        await Task.Yield();
        RecordedStack.Capture();
        RecordedStack.Rest();
        yield return 1;
    }

    internal sealed class Nested
    {
        [MethodImpl(MethodImplOptions.NoInlining)]
        public static void Method()
        {
            RecordedStack.Capture();
            RecordedStack.Rest();
        }
    }
}

internal class Outer<T>
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Method()
    {
        RecordedStack.Capture();
        RecordedStack.Rest();
    }

    public static void HoldsLambda()
    {
        T? captured = default;
        Action lambda = () =>
        {
            RecordedStack.Capture();
            GC.KeepAlive(captured);
        };
        lambda();
    }

    internal class Inner<TOther>
    {
        [MethodImpl(MethodImplOptions.NoInlining)]
        public static void Method()
        {
            RecordedStack.Capture();
            RecordedStack.Rest();
        }
    }
}

internal sealed class Explicit : IComparable<int>, IDisposable
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    int IComparable<int>.CompareTo(int other)
    {
        RecordedStack.Capture();
        return 0;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    void IDisposable.Dispose()
    {
        RecordedStack.Capture();
        RecordedStack.Rest();
    }
}

internal sealed class ExplicitIterators : IEnumerable<int>, IAsyncEnumerable<string>, IAsyncDisposable
{
    IEnumerator<int> IEnumerable<int>.GetEnumerator()
    {
        RecordedStack.Capture();
        yield return 1;
    }

    System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => throw new NotSupportedException();

    async IAsyncEnumerator<string> IAsyncEnumerable<string>.GetAsyncEnumerator(CancellationToken cancellation)
    {
        await Task.Yield();
        RecordedStack.Capture();
        RecordedStack.Rest();
        yield return "";
    }

    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        await Task.Yield();
        RecordedStack.Capture();
        RecordedStack.Rest();
    }
}

internal static class Overloaded
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int Parse(int number)
    {
        RecordedStack.Capture();
        return number;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool Parse(string text, out int? number)
    {
        number = text.Length;
        RecordedStack.Capture();
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int Parse<TKey>(Dictionary<TKey, long[]> numbers)
        where TKey : notnull
    {
        RecordedStack.Capture();
        return numbers.Count;
    }

    public static async Task ParseAsync()
    {
        await Task.Yield();
        RecordedStack.Capture();
        RecordedStack.Rest();
    }

    public static async Task ParseAsync(object thing)
    {
        await Task.Yield();
        RecordedStack.Capture();
        GC.KeepAlive(thing);
    }
}

file sealed class OfThisFile
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Method()
    {
        RecordedStack.Capture();
        RecordedStack.Rest();
    }
}

internal static class FileLocal
{
    public static void Method() => OfThisFile.Method();
}
