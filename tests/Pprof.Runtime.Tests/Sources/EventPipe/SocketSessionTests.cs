using System.Diagnostics.Tracing;
using Pprof.Sources.EventPipe;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.EventPipe;

/// <summary>What the runtime is asked for. That it answers is in the tests of the stream.</summary>
public sealed class SocketSessionTests
{
    /// <summary>Field by field, as the protocol has it.</summary>
    [Fact]
    public void TheRequestIsAsTheProtocolHasIt()
    {
        byte[] request = SocketSession.Request([new("A", 0x1122334455667788, EventLevel.Verbose), new("BC", 1, EventLevel.Error, CounterSeconds: 7)], 64);
        var reader = new BinaryReader(new MemoryStream(request));

        Assert.Equal(64u, reader.ReadUInt32());
        Assert.Equal(1u, reader.ReadUInt32());
        Assert.Equal(1, reader.ReadByte());
        Assert.Equal(2u, reader.ReadUInt32());
        Assert.Equal((0x1122334455667788ul, 5u, "A\0", "\0"), (reader.ReadUInt64(), reader.ReadUInt32(), Text(), Text()));
        Assert.Equal((1ul, 2u, "BC\0", "EventCounterIntervalSec=7\0"), (reader.ReadUInt64(), reader.ReadUInt32(), Text(), Text()));
        Assert.Equal(request.Length, reader.BaseStream.Position);

        string Text() => System.Text.Encoding.Unicode.GetString(reader.ReadBytes(2 * reader.ReadInt32()));
    }
}
