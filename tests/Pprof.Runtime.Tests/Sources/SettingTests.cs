using Pprof.Sources;
using Xunit;

namespace Pprof.Runtime.Tests.Sources;

public sealed class SettingTests
{
    private readonly Setting _setting = new();

    [Fact]
    public void WhatTheApplicationSetHoldsWhileTheConfigurationStays()
    {
        _setting.Configure(5);
        Assert.Equal(5, _setting.Set(7));

        _setting.Configure(5);

        Assert.Equal(7, _setting.Value);
    }

    [Fact]
    public void AnotherConfigurationIsApplied()
    {
        int changes = 0;
        _setting.Changed += () =>
        {
            changes++;
            return Task.CompletedTask;
        };
        _setting.Configure(5);
        _setting.Set(7);

        _setting.Configure(0);

        Assert.Equal(0, _setting.Value);
        Assert.Equal(3, changes);
    }

    [Fact]
    public void WhoConfiguresDoesNotWait()
    {
        var never = new TaskCompletionSource();
        _setting.Changed += () => never.Task;

        _setting.Configure(5);

        Assert.Equal(5, _setting.Value);
    }
}
