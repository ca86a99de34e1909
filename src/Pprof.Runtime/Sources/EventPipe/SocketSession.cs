using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace Pprof.Sources.EventPipe;

/// <summary>One that is opened through the socket of the process's own diagnostic port.</summary>
internal sealed class SocketSession : RecordedSession
{
    // The commands of the set, and what the first is asked for: the stream as nettrace, which is 1, with the rundown.
    private const byte EventPipeCommands = 2;
    private const byte StopTracing = 1;
    private const byte CollectTracing2 = 3;
    private const uint Nettrace = 1;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(100);

    private readonly string _path;
    private readonly Socket _socket;
    private readonly byte[] _id;

    private SocketSession(string path, Socket socket, byte[] id) => (_path, _socket, _id) = (path, socket, id);

    /// <inheritdoc cref="RecordedSession.Open"/>
    public static new SocketSession Open(IReadOnlyList<EventProvider> providers, int bufferMegabytes)
    {
        string path = DiagnosticSocket.Own.ConnectablePath ?? throw new IOException(DiagnosticPort.UnsupportedReason ?? "the runtime's diagnostic port is gone");
        Socket? socket = null;
        try
        {
            socket = DiagnosticCommand.Send(path, DiagnosticCommand.Message(EventPipeCommands, CollectTracing2, Request(providers, bufferMegabytes)), s_patience);
            byte[] answer = DiagnosticCommand.ReadAnswer(socket, out bool isOk);
            if (!isOk)
            {
                throw new IOException($"the runtime opens no session (0x{Convert.ToHexString(answer)})");
            }

            // While nothing happens there is nothing to read.
            socket.ReceiveTimeout = 0;
            return new SocketSession(path, socket, answer);
        }
        catch (Exception e)
        {
            socket?.Dispose();
            throw e switch
            {
                SocketException silence when DiagnosticCommand.IsSilence(silence) => SessionOpening.NoAnswer(),
                SocketException => new IOException(e.Message, e),
                _ => e,
            };
        }
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer) => _socket.Receive(buffer);

    /// <inheritdoc/>
    public override void Stop(Func<TimeSpan> patience)
    {
        long start = Stopwatch.GetTimestamp();
        using Socket socket = DiagnosticCommand.Send(_path, DiagnosticCommand.Message(EventPipeCommands, StopTracing, _id), s_patience);
        while (!socket.Poll(s_look, SelectMode.SelectRead))
        {
            if (Stopwatch.GetElapsedTime(start) > patience())
            {
                throw new TimeoutException();
            }
        }

        _ = DiagnosticCommand.ReadAnswer(socket, out _);
    }

    /// <inheritdoc/>
    public override void Close() => _socket.Dispose();

    /// <inheritdoc/>
    public override void Dispose() => _socket.Dispose();

    /// <summary>Megabytes, format, whether with the rundown, and the providers, each with its keywords, level, name and arguments.</summary>
    internal static byte[] Request(IReadOnlyList<EventProvider> providers, int bufferMegabytes)
    {
        using var bytes = new MemoryStream();
        Write(bytes, (uint)bufferMegabytes);
        Write(bytes, Nettrace);
        bytes.WriteByte(1);
        Write(bytes, (uint)providers.Count);
        foreach (EventProvider provider in providers)
        {
            Write(bytes, (uint)provider.Keywords);
            Write(bytes, (uint)(provider.Keywords >> 32));
            Write(bytes, (uint)provider.Level);
            Write(bytes, provider.Name);
            Write(bytes, provider.CounterSeconds is { } seconds ? string.Create(CultureInfo.InvariantCulture, $"{EventProvider.CounterArgument}={seconds}") : "");
        }

        return bytes.ToArray();
    }

    private static void Write(MemoryStream bytes, uint value)
    {
        Span<byte> number = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(number, value);
        bytes.Write(number);
    }

    // Its length in characters, and the characters, both with the zero at the end.
    private static void Write(MemoryStream bytes, string text)
    {
        Write(bytes, (uint)text.Length + 1);
        bytes.Write(System.Text.Encoding.Unicode.GetBytes(text + '\0'));
    }
}
