using System.Buffers.Binary;
using System.Net.Sockets;

namespace Pprof.Sources.EventPipe;

/// <summary>
/// Linux: what is asked of the process's own runtime through its diagnostic port (dotnet/diagnostics,
/// documentation/design-docs/ipc-protocol.md). The messages are made here: the library that speaks the protocol, and what it
/// needs, would be megabytes in every service that is started, and two hundred kilobytes in a NativeAOT program.
/// </summary>
internal static class DiagnosticCommand
{
    // Header: magic, size of the message, set and number of the command, two bytes of nothing.
    private const int HeaderBytes = 20;
    private const int SizeOffset = 14;
    private const int SetOffset = 16;
    private const int NumberOffset = 17;
    private const byte ServerCommands = 0xff;
    private const byte ServerOk = 0;

    private static ReadOnlySpan<byte> Magic => "DOTNET_IPC_V1\0"u8;

    /// <summary>A message.</summary>
    /// <param name="set">The set of commands.</param>
    /// <param name="number">The command's number in it.</param>
    /// <param name="payload">What it says.</param>
    public static byte[] Message(byte set, byte number, ReadOnlySpan<byte> payload)
    {
        byte[] message = new byte[HeaderBytes + payload.Length];
        Magic.CopyTo(message);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(SizeOffset), (ushort)message.Length);
        message[SetOffset] = set;
        message[NumberOffset] = number;
        payload.CopyTo(message.AsSpan(HeaderBytes));
        return message;
    }

    /// <summary>Connects to the port and sends a message.</summary>
    /// <param name="path">The port's socket.</param>
    /// <param name="message">The message.</param>
    /// <param name="patience">How long the runtime may take for what comes next.</param>
    /// <exception cref="SocketException">The port does not answer, or is not there.</exception>
    public static Socket Send(string path, byte[] message, TimeSpan patience)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
        {
            SendTimeout = (int)patience.TotalMilliseconds,
            ReceiveTimeout = (int)patience.TotalMilliseconds,
        };
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            _ = socket.Send(message);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Reads the answer. Returns what it says, and whether that is what was asked for: otherwise it is a number that says why not.</summary>
    /// <exception cref="SocketException">The port does not answer.</exception>
    /// <exception cref="IOException">It has closed the connection, or answers something else.</exception>
    public static byte[] ReadAnswer(Socket socket, out bool isOk)
    {
        byte[] header = Read(socket, HeaderBytes);
        int size = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(SizeOffset));
        if (!header.AsSpan().StartsWith(Magic) || size < HeaderBytes)
        {
            throw new IOException("the runtime's diagnostic port has answered something else");
        }

        isOk = header[SetOffset] == ServerCommands && header[NumberOffset] == ServerOk;
        return Read(socket, size - HeaderBytes);
    }

    /// <summary>Whether it says that the port does not answer.</summary>
    public static bool IsSilence(SocketException exception) =>
        exception.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock or SocketError.TryAgain;

    private static byte[] Read(Socket socket, int size)
    {
        byte[] bytes = new byte[size];
        for (int read = 0; read < size;)
        {
            int count = socket.Receive(bytes, read, size - read, SocketFlags.None);
            if (count == 0)
            {
                throw new IOException("the connection was closed without an answer");
            }

            read += count;
        }

        return bytes;
    }
}
