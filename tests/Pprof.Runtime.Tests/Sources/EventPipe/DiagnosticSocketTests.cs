using System.Net.Sockets;
using Pprof.Sources.EventPipe;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.EventPipe;

/// <summary>The socket of the runtime is found by what the process has open, and kept.</summary>
[Collection(nameof(EventPipeCollection))]
public sealed class DiagnosticSocketTests
{
    [LinuxFact]
    public void SocketThatIsNotWhereTheRuleHasItIsFound()
    {
        string empty = Directory.CreateTempSubdirectory("pprof").FullName;
        try
        {
            Connect(new DiagnosticSocket(empty).ConnectablePath);
        }
        finally
        {
            Directory.Delete(empty);
        }
    }

    [LinuxFact]
    public void SocketThatIsTakenAwayCanStillBeConnectedTo()
    {
        string path = DiagnosticSocket.ListeningPath!;
        var socket = new DiagnosticSocket(Path.GetTempPath());
        Connect(socket.ConnectablePath);
        string away = path + ".away";
        File.Move(path, away);
        try
        {
            Connect(socket.ConnectablePath);
            Assert.Null(new DiagnosticSocket(Path.GetTempPath()).ConnectablePath);
        }
        finally
        {
            File.Move(away, path);
        }
    }

    [LinuxFact]
    public void SocketIsTheOneThatThisProcessListensOn() =>
        Assert.StartsWith(Path.Combine(Path.GetTempPath(), $"dotnet-diagnostic-{Environment.ProcessId}-"), DiagnosticSocket.ListeningPath);

    private static void Connect(string? path)
    {
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        client.Connect(new UnixDomainSocketEndPoint(path!));
    }
}
