using Pprof.Sources.Allocations.Callback;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.Allocations;

public sealed class ProfilerAttachmentTests
{
    [Theory]
    [InlineData("DOTNET_EnableDiagnostics_Profiler", "0", true)]
    [InlineData("COMPlus_EnableDiagnostics_Profiler", "0", true)]
    [InlineData("DOTNET_EnableDiagnostics_Profiler", "1", false)]
    [InlineData("DOTNET_EnableDiagnostics_Debugger", "0", false)]
    public void AClosedInterfaceIsLeftClosed(string name, string value, bool isClosed)
    {
        string? reason = ProfilerAttachment.ReasonFor(variable => variable == name ? value : null);

        Assert.Equal(isClosed, reason is not null);
        Assert.True(!isClosed || reason!.Contains(name, StringComparison.Ordinal));
    }

    /// <summary>Field by field, as the protocol has it.</summary>
    [Fact]
    public void TheRequestIsAsTheProtocolHasIt()
    {
        byte[] message = ProfilerAttachment.Message("/a", unchecked((nint)0x1122334455667788));

        Assert.Equal("DOTNET_IPC_V1\0"u8.ToArray(), message[..14]);
        Assert.Equal(message.Length, BitConverter.ToUInt16(message, 14));
        Assert.Equal([3, 1, 0, 0], message[16..20]);
        Assert.NotEqual(Guid.Empty, new Guid(message.AsSpan(24, 16)));
        Assert.Equal(3, BitConverter.ToInt32(message, 40));
        Assert.Equal("/a\0", System.Text.Encoding.Unicode.GetString(message, 44, 6));
        Assert.Equal(8, BitConverter.ToInt32(message, 50));
        Assert.Equal(0x1122334455667788, BitConverter.ToInt64(message, 54));
        Assert.Equal(62, message.Length);
    }
}
