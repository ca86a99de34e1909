using System.Diagnostics;
using System.Net.Sockets;
using Pprof.Collectors;
using Pprof.Collectors.ThreadCreate;
using Pprof.Collectors.Waits;
using Pprof.CompilerServices;
using Pprof.Endpoints;
using Pprof.Profiles;
using Pprof.Runtime.Tests.Collectors.Waits;
using Pprof.Runtime.Tests.Sources.Waits;
using Pprof.Sources.EventPipe;
using Pprof.Sources.Waits;
using Pprof.Sources.Waits.Callback;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.EventPipe;

/// <summary>Another program has connected to the diagnostic port, which serves one at a time, and says nothing.</summary>
[Collection(nameof(EventPipeCollection))]
public sealed class SilentPortTests : IDisposable
{
    // Far above what is waited for, so that a busy machine does not fail the test; what hangs takes for ever.
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(60);

    private readonly Socket _silent = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly CountingSink _contentions = new(typeof(SilentPortTests));
    private readonly CountingSink _waits = new(typeof(SilentPortTests));

    public void Dispose()
    {
        _silent.Dispose();
        PprofRuntime.SetMutexProfileFraction(0);
        PprofRuntime.SetBlockProfileRate(0);
    }

    [LinuxFact]
    public async Task NothingHangsAndEverythingComesBackWhenItIsGone()
    {
        var mutex = new MutexProfileCollector();
        WaitSource callback = new CallbackWaitSource(_contentions, _waits);
        Connect();

        // The application sets a rate, and goes on.
        await Task.Run(() => PprofRuntime.SetMutexProfileFraction(1)).WaitAsync(s_timeout);
        ProfileUnavailableException refusal = await Assert.ThrowsAsync<ProfileUnavailableException>(
            () => new ThreadCreateProfileCollector().BeginWindowAsync(default)).WaitAsync(s_timeout);
        Assert.Contains("does not answer", refusal.Message);
        _contentions.IsActive = true;
        await callback.UpdateAsync().WaitAsync(s_timeout);
        Assert.Contains("does not answer", callback.Failure);
        string page = await Task.Run(() => IndexPage.Render("/", [Row(mutex), Row(new ThreadCreateProfileCollector())])).WaitAsync(s_timeout);
        Assert.Contains("mutex", page);
        Profile threads = Shapes.ThreadCreate.NewProfile();
        await new ThreadCreateProfileCollector().FillAsync(threads, default).WaitAsync(s_timeout);
        Assert.NotEqual(0, threads.Samples.Count);

        _silent.Dispose();
        object gate = new();
        Assert.True(await Task.Run(() => SpinWait.SpinUntil(() => IsServed(mutex), s_timeout)));
        Assert.True(await Task.Run(() => SpinWait.SpinUntil(() => IsWatching(callback), s_timeout)));
        WaitWork.WhileHeld(() => Monitor.Enter(gate), () => Monitor.Exit(gate), () => Hold(gate));
        Assert.Contains(NamedSample.Of(mutex.Snapshot()), static sample => sample.Has(nameof(Hold)));
        await EndAsync(callback);
        Assert.Equal(1, _contentions.Count(nameof(Hold)));
    }

    [LinuxFact]
    public async Task WhatWasOpenBeforeGoesOnAndIsServed()
    {
        WaitSource events = new WaitEventSource(_contentions, _waits);
        _contentions.IsActive = true;
        await events.UpdateAsync();
        Connect();
        object gate = new();

        // More is wanted than is to be had.
        _waits.IsActive = true;
        await events.UpdateAsync().WaitAsync(s_timeout);
        Assert.Contains("does not answer", events.Failure);
        WaitWork.WhileHeld(() => Monitor.Enter(gate), () => Monitor.Exit(gate), () => Hold(gate));

        Assert.True(events.IsWatching);
        await EndAsync(events);
        Assert.Equal(1, _contentions.Count(nameof(Hold)));
    }

    [LinuxFact]
    public async Task WhatIsToldOnTheThreadThatWaitsNeedsNoPortAnyMore()
    {
        PprofRuntime.SetMutexProfileFraction(1);
        var mutex = new MutexProfileCollector();
        var block = new BlockProfileCollector();
        mutex.Snapshot();
        Connect();
        object gate = new();

        await using ProfileWindow window = await block.BeginWindowAsync(default).WaitAsync(s_timeout);
        WaitWork.WhileHeld(() => Monitor.Enter(gate), () => Monitor.Exit(gate), () => Hold(gate));

        Assert.Contains(NamedSample.Of(window.Snapshot()), static sample => sample.Has(nameof(Hold)));
        Assert.Contains(
            await Task.Run(() => NamedSample.Of(mutex.Snapshot())).WaitAsync(s_timeout), static sample => sample.Has(nameof(Hold)));
    }

    private void Connect() => _silent.Connect(new UnixDomainSocketEndPoint(DiagnosticSocket.Own.ConnectablePath!));

    private static bool IsWatching(WaitSource source)
    {
        source.RetryAsync().Wait();
        return source is { IsWatching: true, Failure: null };
    }

    private async Task EndAsync(WaitSource source)
    {
        await source.FlushAsync();
        (_contentions.IsActive, _waits.IsActive) = (false, false);
        _silent.Dispose();
        await source.UpdateAsync().WaitAsync(s_timeout);
    }

    private static bool IsServed(MutexProfileCollector mutex)
    {
        try
        {
            mutex.Snapshot();
            return true;
        }
        catch (ProfileUnavailableException)
        {
            return false;
        }
    }

    private static void Hold(object gate)
    {
        lock (gate)
        {
            Debug.Assert(Monitor.IsEntered(gate));
        }
    }

    private static ProfileDescriptor Row(SnapshotProfileCollector collector) => new()
    {
        Name = collector is MutexProfileCollector ? "mutex" : "threadcreate",
        Href = "",
        Description = "",
        Shape = Shapes.Mutex,
        Forms = ProfileForms.Delta,
        Flag = PprofProfiles.None,
        Collector = () => collector,
    };
}
