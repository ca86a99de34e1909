using System.Reflection;
using Pprof.Sources.CpuTime.Events;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.CpuTime.Events;

public sealed class WaitingCodeTests
{
    private readonly WaitingCode _waiting = new(static address => address switch
    {
        1 => Method(typeof(Thread), nameof(Thread.Sleep), typeof(int)),
        2 => Method(typeof(Monitor), nameof(Monitor.Enter), typeof(object)),
        3 => Method(typeof(File), nameof(File.Exists), typeof(string)),
        4 => Method(typeof(WaitingCodeTests), nameof(AThreadWaitsWhereTheClassLibraryDoes), typeof(bool), typeof(int[])),
        _ => null,
    });

    [Theory]
    [InlineData(true, new[] { 1, 4 })]
    [InlineData(true, new[] { 2, 4 })]
    [InlineData(true, new[] { 9, 1, 4 })]
    [InlineData(false, new[] { 3, 1, 4 })]
    [InlineData(false, new[] { 4, 1 })]
    [InlineData(false, new[] { 9, 9, 9, 1 })]
    [InlineData(false, new int[0])]
    public void AThreadWaitsWhereTheClassLibraryDoes(bool waits, int[] frames) =>
        Assert.Equal(waits, _waiting.Contains(Array.ConvertAll(frames, static frame => (nuint)frame)));

    private static MethodInfo Method(Type type, string name, params Type[] parameters) => type.GetMethod(name, parameters)!;
}
