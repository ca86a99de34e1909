using System.Net;
using System.Text.RegularExpressions;
using Pprof.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Pprof.Package.Tests;

/// <summary>The attribute decides which collectors a NativeAOT service is made of.</summary>
[Collection(nameof(PackedPackage))]
public sealed partial class LinkedProfilesTests(PackedPackage package, NativeServices services, ITestOutputHelper output)
{
    // Without the viewer it would be 1.6 MB.
    private const int LeastSaved = 1024 * 1024;

    // Names as the compiler mangles them. The last alone would also be part of a name of the runtime's own.
    private static readonly string[] s_cpuTypes =
    [
        "Pprof_Collectors_Cpu_CpuProfileCollector",
        "Pprof_Sources_CpuTime_Signals_CpuSession",
        "Pprof_Sources_CpuTime_Signals_SignalHandler",
    ];

    private static readonly string[] s_mutexTypes = ["Pprof_Collectors_Waits_MutexProfileCollector"];

    private static readonly string[] s_otherTypes =
    [
        "Pprof_Collectors_Waits_BlockProfileCollector",
        "Pprof_Collectors_ThreadCreate_ThreadCreateProfileCollector",
        "Pprof_Collectors_Heap_HeapProfileCollector",
    ];

    // What reads the runtime's events, which carry no stacks there, and what opens sessions on every system.
    private static readonly string[] s_eventTypes =
        ["Pprof_Sources_EventPipe_EventMarker", "Microsoft_Diagnostics_Tracing_TraceEvent", "Microsoft_Diagnostics_NETCore_Client"];

    [ToolFact(Tools.Linux, Tools.NativeCompiler)]
    public async Task AProfileThatIsLeftOutIsNotLinked()
    {
        // Together: a linker leaves a core to the others.
        FreshService[] published = await Task.WhenAll(services.WithAllAsync(package), services.WithMutexAloneAsync(package));
        (string all, string mutex) = (await published[0].PublishedMapAsync(), await published[1].PublishedMapAsync());
        output.WriteLine($"All: {published[0].PublishedSize()} bytes. Mutex: {published[1].PublishedSize()} bytes.");

        AssertLinked(all, [.. s_mutexTypes, .. s_cpuTypes, .. s_otherTypes]);
        AssertNotLinked(all, s_eventTypes);
        AssertLinked(mutex, [.. s_mutexTypes, "Pprof_Endpoints_IndexPage"]);
        AssertNotLinked(mutex, [.. s_cpuTypes, .. s_otherTypes, .. s_eventTypes]);
        Assert.InRange(published[1].PublishedSize(), 1, published[0].PublishedSize() - LeastSaved);
    }

    /// <summary>
    /// What Pprof.start.order names stands first in the program's code. A name of a method that is called otherwise by now is
    /// passed over by the compiler: Package/StartOrder/record.sh finds the new ones.
    /// </summary>
    [ToolFact(Tools.Linux, Tools.NativeCompiler)]
    public async Task WhatRunsAtAStartStandsTogether()
    {
        string[] names = await File.ReadAllLinesAsync(Repository.PathOf("src", "Pprof.Runtime", "buildTransitive", "Pprof.start.order"));
        string map = await (await services.WithAllAsync(package)).PublishedMapAsync();
        string[] code = [.. MethodCode().Matches(map).Select(match => WebUtility.HtmlDecode(match.Groups[1].Value))];

        string[] unknown = [.. names.Except(code)];
        AssertFew(unknown, names);
        AssertFew(Own(unknown), Own(names));
        Assert.Equal(names.Intersect(code), code.Take(names.Length - unknown.Length));
    }

    [GeneratedRegex("<MethodCode Name=\"([^\"]+)\"")]
    private static partial Regex MethodCode();

    // The class library's are ten times as many.
    private static string[] Own(string[] names) => Array.FindAll(names, name => name.StartsWith("Pprof_"));

    private static void AssertFew(string[] unknown, string[] names) => Assert.True(
        unknown.Length * 10 < names.Length, $"{unknown.Length} of {names.Length} are not in the program: {string.Join(", ", unknown.Take(10))}");

    private static void AssertLinked(string map, string[] types) =>
        Assert.All(types, type => Assert.True(map.Contains(type), $"{type} is not in the service, which serves its profile."));

    private static void AssertNotLinked(string map, string[] types) =>
        Assert.All(types, type => Assert.False(map.Contains(type), $"{type} is in the service, which does not serve its profile or has no use for it."));
}
