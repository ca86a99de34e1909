using System.Runtime.CompilerServices;

// A namespace of its own: names are compared in full.
namespace Named.Code;

internal sealed class Plain
{
    public Plain()
    {
    }

    public Plain(Action capture) => capture();

    public int Property
    {
        get
        {
            Capture();
            return 0;
        }
    }

    public static Plain operator +(Plain left, Plain right)
    {
        Capture();
        return left;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Method() => Capture();

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Generic<TKey, TValue>() => Capture();

    public static void HoldsLambda()
    {
        int captured = Environment.ProcessId;
        Action lambda = () => Capture(captured);
        lambda();
    }

    public static void HoldsStaticLambda()
    {
        Action lambda = static () => Capture();
        lambda();
    }

    public static void HoldsLocalFunction()
    {
        Local();

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Local() => Capture();
    }

    public static async Task AwaitsAsync()
    {
        await Task.Yield();
        Capture();
    }

    public static async Task<T> AwaitsGenericAsync<T>()
    {
        await Task.Yield();
        Capture();
        return default!;
    }

    public static Task HoldsAsyncLambda()
    {
        Func<Task> lambda = async () =>
        {
            await Task.Yield();
            Capture();
        };
        return lambda();
    }

    public static async Task HoldsAsyncLocalFunction()
    {
        await Local();

        static async Task Local()
        {
            await Task.Yield();
            Capture();
        }
    }

    public static IEnumerable<int> Iterates()
    {
        yield return 1;
        Capture();
        yield return 2;
    }

    public static async IAsyncEnumerable<int> IteratesAsync()
    {
        await Task.Yield();
        Capture();
        yield return 1;
    }

    private static void Capture(int ignored = 0) => Pprof.Runtime.Tests.Symbols.RecordedStack.Capture(ignored);

    internal sealed class Nested
    {
        [MethodImpl(MethodImplOptions.NoInlining)]
        public static void Method() => Capture();
    }
}

internal class Outer<T>
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Method() => Pprof.Runtime.Tests.Symbols.RecordedStack.Capture();

    public static void HoldsLambda()
    {
        T? captured = default;
        Action lambda = () =>
        {
            GC.KeepAlive(captured);
            Pprof.Runtime.Tests.Symbols.RecordedStack.Capture();
        };
        lambda();
    }

    internal class Inner<TOther>
    {
        [MethodImpl(MethodImplOptions.NoInlining)]
        public static void Method() => Pprof.Runtime.Tests.Symbols.RecordedStack.Capture();
    }
}

internal sealed class Explicit : IComparable<int>, IDisposable
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    int IComparable<int>.CompareTo(int other)
    {
        Pprof.Runtime.Tests.Symbols.RecordedStack.Capture();
        return 0;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    void IDisposable.Dispose() => Pprof.Runtime.Tests.Symbols.RecordedStack.Capture();
}

file sealed class OfThisFile
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Method() => Pprof.Runtime.Tests.Symbols.RecordedStack.Capture();
}

internal static class FileLocal
{
    public static void Method() => OfThisFile.Method();
}
