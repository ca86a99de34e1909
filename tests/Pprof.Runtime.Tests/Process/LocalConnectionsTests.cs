using System.Net;
using System.Net.Sockets;
using Pprof.Process;
using Pprof.Testing;
using Xunit;

namespace Pprof.Runtime.Tests.Process;

public sealed class LocalConnectionsTests
{
    // As the kernel writes them: the client's line, the service's own, one that its process has closed.
    private const string Table =
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n" +
        "   0: 0100007F:1388 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1654        0 71234 1 0000000000000000 20 4 30 10 -1\n" +
        "   1: 0100007F:C350 0100007F:1388 01 00000000:00000000 02:000006B5 00000000    33        0 71235 2 0000000000000000 20 4 30 10 -1\n" +
        "   2: 0100007F:C351 0100007F:1388 06 00000000:00000000 03:00000F00 00000000     0        0 0 3 0000000000000000\n";

    [Theory]
    [InlineData(50000, 33u)]
    [InlineData(50001, null)]
    [InlineData(50002, null)]
    public void OwnerStandsInTheLineOfTheOtherEnd(int port, uint? expected)
    {
        string key = LocalConnections.Key(IPAddress.Loopback, port) + LocalConnections.Key(IPAddress.Loopback, 5000);
        ConnectionOwner owner = LocalConnections.FindIn(System.Text.Encoding.ASCII.GetBytes(Table), System.Text.Encoding.ASCII.GetBytes(key));

        Assert.Equal(expected, owner.UserId);
        Assert.True(owner.CanBeKnown);
    }

    [Fact]
    public void AddressOfSixteenBytesIsFourWords()
    {
        Assert.Equal("00000000000000000000000001000000:1388 ", LocalConnections.Key(IPAddress.IPv6Loopback, 5000));
        Assert.Equal("0000000000000000FFFF00000100007F:0050 ", LocalConnections.Key(IPAddress.Loopback.MapToIPv6(), 80));
    }

    [ToolTheory(Tools.Linux)]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("::1", "::1")]
    [InlineData("::ffff:127.0.0.1", "127.0.0.1")]
    public void OwnConnectionIsFound(string listenAt, string connectTo)
    {
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Parse(listenAt), 0));
        listener.Listen();
        var address = (IPEndPoint)listener.LocalEndPoint!;
        using var client = new Socket(IPAddress.Parse(connectTo).AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(new IPEndPoint(IPAddress.Parse(connectTo), address.Port));
        using Socket server = listener.Accept();

        // The kernel walks the table while it changes, and may pass over a line.
        ConnectionOwner owner = ConnectionOwner.NotFound;
        for (int i = 0; i < 100 && owner == ConnectionOwner.NotFound; i++)
        {
            owner = LocalConnections.OwnerOf((IPEndPoint)server.RemoteEndPoint!, (IPEndPoint)server.LocalEndPoint!);
        }

        Assert.NotNull(owner.UserId);
        Assert.True(UserAccounts.IsPerson(owner.UserId.Value));
        Assert.Equal(owner.UserId, SocketDiagnostics.UserOf((IPEndPoint)client.LocalEndPoint!, (IPEndPoint)client.RemoteEndPoint!));

        // Who has hung up is nobody.
        client.Close();
        owner = LocalConnections.OwnerOf((IPEndPoint)server.RemoteEndPoint!, (IPEndPoint)server.LocalEndPoint!);
        Assert.Equal(ConnectionOwner.NotFound, owner);
    }

    [Theory]
    [InlineData("", 1000u)]
    [InlineData("# UID_MIN 3\nUID_MIN\t\t\t  500\nUID_MAX 60000\n", 500u)]
    [InlineData("UID_MIN many\n", 1000u)]
    public void FirstLoginUserIsTheSystemsChoice(string definitions, uint expected)
    {
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, "login.defs");
        File.WriteAllText(file, definitions);

        Assert.Equal(expected, UserAccounts.ReadFirstLoginUser(file));
        Assert.Equal(1000u, UserAccounts.ReadFirstLoginUser(file + ".nosuch"));
    }
}
