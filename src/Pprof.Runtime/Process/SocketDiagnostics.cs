using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Pprof.Process;

/// <summary>
/// Looks one TCP connection of this machine up by the kernel's own table (sock_diag(7)), which takes it some microseconds. To
/// list <c>/proc/self/net/tcp</c> it walks the table, which on a large machine takes it milliseconds. Linux only.
/// </summary>
internal static unsafe class SocketDiagnostics
{
    private const int NetlinkFamily = 16;
    private const int DatagramType = 2;
    private const int CloseOnExec = 0x80000;
    private const int SocketDiagnosticsProtocol = 4;
    private const int DoNotWait = 0x40;

    private const byte Inet = 2;
    private const byte Inet6 = 10;
    private const byte Tcp = 6;
    private const ushort ByFamily = 20;
    private const ushort IsRequest = 1;
    private const int AddressBytes = 16;

    // struct nlmsghdr: length, type, flags, sequence, port.
    private const int HeaderBytes = 16;

    // struct inet_diag_req_v2: family, protocol, extensions, states, then the id.
    private const int RequestBytes = HeaderBytes + 8 + IdBytes;
    private const int RequestId = HeaderBytes + 8;

    // struct inet_diag_msg: family, state, timer, retransmits, then the id, expires, rqueue, wqueue, uid, inode.
    private const int AnswerBytes = HeaderBytes + 4 + IdBytes + (5 * sizeof(uint));
    private const int AnswerId = HeaderBytes + 4;
    private const int AnswerUser = AnswerId + IdBytes + (3 * sizeof(uint));
    private const int AnswerInode = AnswerUser + sizeof(uint);

    // struct inet_diag_sockid: ports and addresses in the order of the network, interface, cookie.
    private const int IdBytes = (2 * sizeof(ushort)) + (2 * AddressBytes) + sizeof(uint) + (2 * sizeof(uint));
    private const int IdPorts = 2 * sizeof(ushort);
    private const int IdCookie = IdPorts + (2 * AddressBytes) + sizeof(uint);

    /// <summary>
    /// The user id of the socket that is bound to <paramref name="local"/> and connected to <paramref name="remote"/>; null where
    /// there is none, or the kernel does not tell.
    /// </summary>
    public static uint? UserOf(IPEndPoint local, IPEndPoint remote)
    {
        Span<byte> request = stackalloc byte[RequestBytes];
        request.Clear();
        MemoryMarshal.Write(request, RequestBytes);
        MemoryMarshal.Write(request[4..], ByFamily);
        MemoryMarshal.Write(request[6..], IsRequest);
        request[HeaderBytes] = local.AddressFamily == AddressFamily.InterNetwork ? Inet : Inet6;
        request[HeaderBytes + 1] = Tcp;
        request[(HeaderBytes + 4)..RequestId].Fill(0xFF);
        Span<byte> id = request[RequestId..];
        BinaryPrimitives.WriteUInt16BigEndian(id, (ushort)local.Port);
        BinaryPrimitives.WriteUInt16BigEndian(id[sizeof(ushort)..], (ushort)remote.Port);
        local.Address.TryWriteBytes(id.Slice(IdPorts, AddressBytes), out _);
        remote.Address.TryWriteBytes(id.Slice(IdPorts + AddressBytes, AddressBytes), out _);

        // No cookie: of whatever age.
        id[IdCookie..].Fill(0xFF);

        Span<byte> answer = stackalloc byte[512];
        int received = Ask(request, answer);

        // Where the connection is gone the kernel may tell of who listens at the port: its id is another.
        return received >= AnswerBytes
            && MemoryMarshal.Read<ushort>(answer[4..]) == ByFamily
            && answer.Slice(AnswerId, IdPorts).SequenceEqual(id[..IdPorts])
            && MemoryMarshal.Read<uint>(answer[AnswerInode..]) != 0
            ? MemoryMarshal.Read<uint>(answer[AnswerUser..])
            : null;
    }

    private static int Ask(ReadOnlySpan<byte> request, Span<byte> answer)
    {
        int descriptor = Libc.Socket(NetlinkFamily, DatagramType | CloseOnExec, SocketDiagnosticsProtocol);
        if (descriptor < 0)
        {
            return -1;
        }

        // The kernel answers before the call that asks returns.
        using var socket = new SafeFileHandle(descriptor, ownsHandle: true);
        fixed (byte* asked = request)
        fixed (byte* answered = answer)
        {
            return Libc.Send(descriptor, asked, (nuint)request.Length, 0) == request.Length
                ? (int)Libc.Receive(descriptor, answered, (nuint)answer.Length, DoNotWait)
                : -1;
        }
    }
}
