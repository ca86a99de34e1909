using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pprof.Runtime.Tests.Symbols;

/// <summary>Real instruction pointers of real methods: an exception records those that it passes.</summary>
internal sealed class RecordedStack : Exception
{
    private RecordedStack(int line) => Line = line;

    /// <summary>The line of the call that made the exception.</summary>
    public int Line { get; }

    /// <summary>The addresses of the frames above the call, the caller first.</summary>
    public nuint[] Callers => AddressesOf(this)[1..];

    /// <summary>Leaves the methods that call it, up to <see cref="Of(Action)"/>.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Capture([CallerLineNumber] int line = 0) => throw new RecordedStack(line);

    /// <summary>What a method calls that must not end with <see cref="Capture"/>.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Rest()
    {
    }

    /// <summary>The stack at the call of <see cref="Capture"/> in <paramref name="body"/>.</summary>
    public static RecordedStack Of(Action body)
    {
        try
        {
            body();
        }
        catch (RecordedStack stack)
        {
            return stack;
        }

        throw new InvalidOperationException("nothing was captured");
    }

    /// <summary>The same for what <paramref name="body"/> does until its task ends.</summary>
    public static async Task<RecordedStack> OfAsync(Func<Task> body)
    {
        try
        {
            await body();
        }
        catch (RecordedStack stack)
        {
            return stack;
        }

        throw new InvalidOperationException("nothing was captured");
    }

    /// <summary>The addresses that <paramref name="exception"/> recorded, leaf first.</summary>
    public static nuint[] AddressesOf(Exception exception)
    {
        FieldInfo field = typeof(Exception).GetField("_stackTrace", BindingFlags.NonPublic | BindingFlags.Instance)!;
        object? recorded = field.GetValue(exception);
        var stack = (sbyte[])(recorded is object[] withMethods ? withMethods[0] : recorded!);
        ReadOnlySpan<nuint> words = MemoryMarshal.Cast<sbyte, nuint>(stack);
        var addresses = new nuint[(int)words[0]];
        for (int i = 0; i < addresses.Length; i++)
        {
            addresses[i] = words[2 + (i * 4)];
        }

        return addresses;
    }
}
