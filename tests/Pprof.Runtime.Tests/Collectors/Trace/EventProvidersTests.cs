using System.Diagnostics.Tracing;
using Pprof.Collectors.Trace;
using Pprof.Sources.EventPipe;
using Xunit;

namespace Pprof.Runtime.Tests.Collectors.Trace;

public sealed class EventProvidersTests
{
    private const string Runtime = "Microsoft-Windows-DotNETRuntime";

    [Fact]
    public void WithoutAWordItIsWhatDotnetTraceCollects() => Assert.Equal(
        [new(Runtime, 0x100003801D, EventLevel.Informational), new("Microsoft-DotNETCore-SampleProfiler", 0xF00000000000, EventLevel.Informational)],
        Read("", ""));

    [Theory]
    [InlineData("My-Source", "My-Source", 0, EventLevel.Informational)]
    [InlineData("My-Source:", "My-Source", 0, EventLevel.Informational)]
    [InlineData("My-Source:0x1C:5", "My-Source", 0x1C, EventLevel.Verbose)]
    [InlineData("My-Source:1c:warning", "My-Source", 0x1C, EventLevel.Warning)]
    [InlineData("My-Source::1", "My-Source", 0, EventLevel.Critical)]
    [InlineData("My-Source:FFFFFFFFFFFFFFFF:Error:", "My-Source", ulong.MaxValue, EventLevel.Error)]
    public void AProviderHasKeywordsAndALevel(string text, string name, ulong keywords, EventLevel level) =>
        Assert.Equal(new EventProvider(name, keywords, level), Assert.Single(Read(text, "")));

    [Fact]
    public void ProvidersStandBetweenCommas() => Assert.Equal(
        [new("A", 1, EventLevel.Verbose), new("System.Runtime", 0, EventLevel.Informational, 5), new(Runtime, 0x11, EventLevel.Informational)],
        Read("A:1:5, System.Runtime:::EventCounterIntervalSec=5", "gc+jit"));

    [Theory]
    [InlineData("0x8000", 0x8000)]
    [InlineData("8000", 0x8000)]
    [InlineData("gc+contention", 0x4001)]
    [InlineData("GC Contention", 0x4001)]
    [InlineData("waithandle", 0x40000000000)]
    public void KeywordsAreThoseOfTheRuntime(string text, ulong keywords) =>
        Assert.Equal(new EventProvider(Runtime, keywords, EventLevel.Informational), Assert.Single(Read("", text)));

    [Theory]
    [InlineData(":1:4", "", "\"providers\" - \"\" is no name of a provider")]
    [InlineData("A B", "", "\"providers\" - \"A B\" is no name of a provider")]
    [InlineData("A:x", "", "the keywords of A must be a hexadecimal number")]
    [InlineData("A:1FFFFFFFFFFFFFFFF", "", "the keywords of A must be a hexadecimal number")]
    [InlineData("A::0", "", "the level of A must be an integer from 1 to 5")]
    [InlineData("A::6", "", "the level of A must be an integer from 1 to 5")]
    [InlineData("A:::FilterAndPayloadSpecs=x", "", "the only argument that is taken is EventCounterIntervalSec=N")]
    [InlineData("A:::EventCounterIntervalSec=0", "", "the only argument that is taken is EventCounterIntervalSec=N")]
    [InlineData("A,a", "", "a is there twice")]
    [InlineData("", "gc+unknown", "\"keywords\" - must be a hexadecimal number, or names")]
    [InlineData("microsoft-windows-dotnetruntime", "gc", "\"keywords\" - those of Microsoft-Windows-DotNETRuntime are in \"providers\" already")]
    public void WhatCannotBeReadIsRefused(string providers, string keywords, string why)
    {
        Assert.False(EventProviders.TryRead(providers, keywords, out _, out string? refusal));
        Assert.StartsWith("invalid value for \"", refusal);
        Assert.Contains(why, refusal);
    }

    [Fact]
    public void ThereAreNotTooMany()
    {
        Assert.Equal(32, Read(string.Join(',', Enumerable.Range(1, 32).Select(static i => $"P{i}")), "").Count);
        Assert.False(EventProviders.TryRead(string.Join(',', Enumerable.Range(1, 33).Select(static i => $"P{i}")), "", out _, out _));
    }

    private static IReadOnlyList<EventProvider> Read(string providers, string keywords)
    {
        Assert.True(EventProviders.TryRead(providers, keywords, out IReadOnlyList<EventProvider>? read, out string? refusal), refusal);
        return read;
    }
}
