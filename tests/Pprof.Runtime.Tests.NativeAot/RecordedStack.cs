using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Pprof.Runtime.Tests.Symbols;

/// <summary>The stack of its caller, for the code that both test programs share.</summary>
internal static class RecordedStack
{
    /// <summary>The addresses at the last call of <see cref="Capture"/>, its caller first.</summary>
    public static nuint[] Callers { get; private set; } = [];

    /// <summary>Remembers the stack.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Capture(int ignored = 0) =>
        Callers = [.. new StackTrace().GetFrames().Skip(1).Select(f => (nuint)f.GetNativeIP() - 1)];

    /// <summary>What a method calls that must not end with <see cref="Capture"/>.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Rest()
    {
    }
}
